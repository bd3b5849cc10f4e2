"""A Dovecot of its own for a class of tests: the user `alice`, in clear text, with STARTTLS and with TLS."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_uid = {mail}
mail_gid = {mail_group}
mail_home = {folder}/home/%n
mail_location = maildir:~/Maildir
mail_plugins = acl quota
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={folder}/home/%n
}}
protocol imap {{
  mail_plugins = acl quota imap_acl imap_quota
}}
plugin {{
  acl = vfile
  quota = maildir:User quota
  quota_rule = *:storage=1G
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def can_run():
    return bool(DOVECOT) and hasattr(os, "geteuid") and os.geteuid() == 0


class WithDovecot(unittest.TestCase):
    """Starts the server. Where there is none the tests are skipped, and fail where CI is set."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        if not can_run():
            if os.environ.get("CI"):
                raise RuntimeError("these tests need Dovecot, and to be root")
            raise unittest.SkipTest("*** NOT tested: Dovecot as root")
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        cls.folder = folder
        cls.ports = free_port(), free_port()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
            + [
                "-keyout",
                f"{folder}/server.key",
                "-out",
                f"{folder}/server.pem",
                "-addext",
                "subjectAltName=DNS:localhost",
            ],
            check=True,
            capture_output=True,
        )
        with open(f"{folder}/passwd", "w") as passwd:
            passwd.write("alice:{PLAIN}secret::::::\n")
        os.mkdir(f"{folder}/home", 0o777)
        shutil.chown(f"{folder}/home", "mail", "mail")
        with open(f"{folder}/dovecot.conf", "w") as file:
            file.write(
                CONFIGURATION.format(
                    folder=folder,
                    user="nobody",
                    group="nogroup",
                    mail="mail",
                    mail_group="mail",
                    port=cls.ports[0],
                    tls_port=cls.ports[1],
                )
            )
        cls.process = subprocess.Popen([DOVECOT, "-F", "-c", f"{folder}/dovecot.conf"])
        cls.addClassCleanup(cls.process.wait)
        cls.addClassCleanup(cls.process.terminate)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", cls.ports[0])).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(open(f"{folder}/log").read())

    def empty(self):
        """Removes all mail of the user."""
        shutil.rmtree(f"{self.folder}/home/alice", ignore_errors=True)

    def context(self):
        """TLS settings that trust the server."""
        return ssl.create_default_context(cafile=f"{self.folder}/server.pem")
