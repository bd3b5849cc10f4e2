//! No challenge makes a mechanism panic, and only the right one makes it complete.
#![no_main]

use imaplib_proto::sasl::{Answer, CramMd5, LoginMechanism, Mechanism, OAuthBearer, Plain, ScramSha1, ScramSha256};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|challenges: Vec<Vec<u8>>| {
    let mechanisms: [Box<dyn Mechanism>; 6] = [
        Box::new(Plain::new("user", "pencil")),
        Box::new(LoginMechanism::new("user", "pencil")),
        Box::new(CramMd5::new("user", "pencil")),
        Box::new(ScramSha1::new("user", "pencil", "nonce")),
        Box::new(ScramSha256::new("user", "pencil", "nonce")),
        Box::new(OAuthBearer::new("user", "token")),
    ];
    for mut mechanism in mechanisms {
        mechanism.limit_iterations(5_000);
        mechanism.initial();
        for challenge in challenges.iter().take(4) {
            let mut answer = mechanism.respond(challenge);
            let mut slices = 0;
            while answer == Ok(Answer::InProgress) {
                slices += 1;
                assert!(slices < 5, "no more is hashed than the limit allows");
                answer = mechanism.compute_more();
            }
        }
        if mechanism.name().starts_with("SCRAM") {
            assert!(!mechanism.is_complete());
        }
    }
});
