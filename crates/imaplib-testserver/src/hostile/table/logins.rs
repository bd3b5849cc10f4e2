//! The login: challenges of every wrong kind, and successes that are none.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::outcome::Failure::{Limit, Login as LoginFailure, Lost, Protocol, Refused, Timeout};
use super::super::scenario::{Action, Login, Scenario, Secret};
use super::super::script::{ENDLESS, Say, repeat, say};

/// The nonce that the client sent in its first message, which is a line of base64 or ends in one.
fn nonce(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let message = text.trim_end().rsplit(' ').next().and_then(|word| STANDARD.decode(word).ok()).unwrap_or_default();
    let message = String::from_utf8_lossy(&message);
    message.split(',').find_map(|field| field.strip_prefix("r=")).unwrap_or_default().to_owned()
}

fn challenge(text: &str) -> Vec<u8> {
    format!("+ {}\r\n", STANDARD.encode(text)).into_bytes()
}

/// A SCRAM exchange up to the server's first message.
fn scram(
    name: &'static str,
    attacks: &'static [u8],
    about: &'static str,
    first: fn(&[u8]) -> Vec<u8>,
    then: Vec<Say>,
) -> Scenario {
    let mut script = vec![say("+ \r\n"), Say::Hear, Say::Reply(first), Say::Hear];
    script.extend(then);
    Scenario::new(name, attacks, about)
        .login(Login::Scram)
        .without("SASL-IR")
        .instead("AUTHENTICATE", script)
        .fails(&[LoginFailure, Protocol])
        .secret(Secret::Nowhere)
}

fn first(line: &[u8]) -> Vec<u8> {
    challenge(&format!("r={}more,s=c2FsdA==,i=4096", nonce(line)))
}

fn plain(name: &'static str, attacks: &'static [u8], about: &'static str, script: impl Into<Vec<Say>>) -> Scenario {
    Scenario::new(name, attacks, about).login(Login::Plain).without("SASL-IR").instead("AUTHENTICATE", script)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scram(
            "scram-two-thousand-million-rounds",
            &[82],
            "asks for 2,147,483,647 rounds of hashing",
            |line| challenge(&format!("r={}more,s=c2FsdA==,i=2147483647", nonce(line))),
            vec![say("<tag> NO cancelled\r\n")],
        ),
        scram(
            "scram-rounds-overflow",
            &[82, 71],
            "asks for more rounds than a number holds",
            |line| challenge(&format!("r={}more,s=c2FsdA==,i=99999999999999999999", nonce(line))),
            vec![say("<tag> NO cancelled\r\n")],
        ),
        scram(
            "scram-wrong-proof",
            &[98],
            "ends SCRAM with a wrong signature, and OK",
            first,
            vec![Say::Bytes(challenge("v=d3JvbmcgcHJvb2Y=").into()), Say::Hear, say("<tag> OK welcome\r\n")],
        )
        .does(Action::List),
        scram("scram-no-proof", &[98], "ends SCRAM with OK and no signature", first, vec![say("<tag> OK welcome\r\n")])
            .does(Action::List),
        scram(
            "scram-other-nonce",
            &[98],
            "answers SCRAM with a nonce that is not the client's",
            |_| challenge("r=somethingelse,s=c2FsdA==,i=4096"),
            vec![say("<tag> OK welcome\r\n")],
        ),
        scram(
            "scram-empty-salt",
            &[98],
            "sends an empty SCRAM message",
            |_| challenge(""),
            vec![say("<tag> OK welcome\r\n")],
        ),
        Scenario::new("scram-immediate-ok", &[98, 24], "says OK to SCRAM at once")
            .login(Login::Scram)
            .does(Action::List)
            .instead("AUTHENTICATE", [say("<tag> OK welcome\r\n")])
            .fails(&[LoginFailure, Protocol])
            .secret(Secret::Nowhere),
        plain(
            "challenge-is-no-base64",
            &[95],
            "sends a challenge that is no base64",
            [say("+ *** this is an error message ***\r\n"), Say::Hear, say("<tag> NO cancelled\r\n")],
        )
        .fails(&[LoginFailure, Refused]),
        plain(
            "challenge-with-text",
            &[95],
            "sends a challenge with a text in it where an empty one is due",
            [Say::Bytes(challenge("type=NTLM secrets please").into()), Say::Hear, say("<tag> NO cancelled\r\n")],
        )
        .fails(&[LoginFailure, Refused]),
        plain(
            "challenge-too-many",
            &[95, 96],
            "sends a second challenge after PLAIN is complete",
            [say("+ \r\n"), Say::Hear, say("+ \r\n"), Say::Hear, say("<tag> NO\r\n")],
        )
        .fails(&[LoginFailure, Refused]),
        plain(
            "challenges-endless",
            &[85, 96],
            "sends challenges without end, one for each answer",
            [repeat("+ \r\n", ENDLESS)],
        )
        .fails(&[LoginFailure, Protocol, Limit, Timeout]),
        Scenario::new(
            "oauth-error-challenges-endless",
            &[96, 85],
            "sends the error of OAUTHBEARER again for each answer, without end",
        )
        .login(Login::OAuthBearer)
        .instead(
            "AUTHENTICATE",
            vec![[Say::Bytes(challenge("{\"status\":\"invalid_token\"}").into()), Say::Hear]; 10_000].concat(),
        )
        .fails(&[LoginFailure, Protocol, Limit, Timeout]),
        Scenario::new("oauth-error-challenge", &[96], "refuses the token by a challenge that must be answered")
            .login(Login::OAuthBearer)
            .instead(
                "AUTHENTICATE",
                [
                    Say::Bytes(challenge("{\"status\":\"invalid_token\"}").into()),
                    Say::Hear,
                    say("<tag> NO [AUTHENTICATIONFAILED] wrong token\r\n"),
                ],
            )
            .fails(&[LoginFailure]),
        Scenario::new(
            "xoauth2-error-challenge",
            &[96],
            "refuses the token by a challenge that must be answered with an empty line",
        )
        .login(Login::XOAuth2)
        .instead(
            "AUTHENTICATE",
            [Say::Bytes(challenge("{\"status\":\"400\"}").into()), Say::Hear, say("<tag> NO wrong token\r\n")],
        )
        .fails(&[LoginFailure]),
        Scenario::new("cram-md5-nul", &[94], "sends a CRAM-MD5 challenge with NULs in it")
            .login(Login::CramMd5)
            .instead(
                "AUTHENTICATE",
                [Say::Bytes(challenge("<1\0.2\0@h\0>").into()), Say::Hear, say("<tag> NO wrong\r\n")],
            )
            .fails(&[LoginFailure, Refused])
            .secret(Secret::Nowhere),
        Scenario::new(
            "cram-md5-empty",
            &[94],
            "sends an empty CRAM-MD5 challenge, whose answer could be used elsewhere",
        )
        .login(Login::CramMd5)
        .instead("AUTHENTICATE", [say("+ \r\n"), Say::Hear, say("<tag> NO wrong\r\n")])
        .fails(&[LoginFailure, Refused])
        .secret(Secret::Nowhere),
        Scenario::new("cram-md5-huge", &[94, 76], "sends a CRAM-MD5 challenge without end")
            .login(Login::CramMd5)
            .instead("AUTHENTICATE", [say("+ "), repeat("QUJD", ENDLESS)])
            .fails(&[Limit, Protocol, Timeout])
            .secret(Secret::Nowhere),
        Scenario::new("challenge-at-wrong-time", &[95], "asks to go on while a list is due, without end")
            .does(Action::List)
            .instead("LIST", [repeat("+ go on\r\n", 10_000), Say::Silence])
            .fails(&[Timeout, Protocol, Limit]),
        Scenario::new("login-referral", &[32], "refuses the login and names another server")
            .login(Login::Command)
            .instead("LOGIN", [say("<tag> NO [REFERRAL imap://alice;AUTH=*@evil.example/] over there\r\n")])
            .fails(&[LoginFailure, Refused])
            .unheard("evil"),
        Scenario::new("login-referral-ok", &[32], "accepts the login and names another server")
            .login(Login::Command)
            .does(Action::List)
            .before("LIST", [say("* OK [REFERRAL imap://alice;AUTH=*@evil.example/] over there\r\n")])
            .unheard("evil"),
        Scenario::new("login-no-without-text", &[91], "refuses the login without a text")
            .login(Login::Command)
            .instead("LOGIN", [say("<tag> NO\r\n")])
            .fails(&[LoginFailure, Refused]),
        Scenario::new("login-bye", &[26], "answers the login with a tagged BYE")
            .login(Login::Command)
            .does(Action::List)
            .instead("LOGIN", [say("<tag> BYE so long\r\n"), Say::Silence])
            .fails(&[]),
        Scenario::new("login-repeats-password", &[33], "repeats the password in its refusal")
            .login(Login::Command)
            .instead("LOGIN", [say(format!("<tag> NO wrong password: {}\r\n", super::super::PASSWORD))])
            .fails(&[LoginFailure, Refused])
            .unseen(super::super::PASSWORD),
        Scenario::new("login-never-answered", &[85], "does not answer the login, but says that it is still there")
            .login(Login::Command)
            .instead("LOGIN", [Say::Drip(b"* OK still here\r\n", Duration::from_millis(20))])
            .fails(&[Timeout, Limit, Protocol, Lost]),
        Scenario::new(
            "login-refused-by-mailboxes",
            &[87, 38],
            "sends APPENDUID, COPYUID and EXPUNGE while it refuses the login",
        )
        .login(Login::Command)
        .instead("LOGIN", [say("* 3 EXPUNGE\r\n* OK [COPYUID 1 1:3 1:3] x\r\n<tag> NO [APPENDUID 1 1] x\r\n")])
        .fails(&[LoginFailure, Refused]),
    ]
}
