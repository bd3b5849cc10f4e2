"""IMAP for Python on a core in Rust.

``imaplib_rs.compat`` is a drop-in for ``imaplib`` of the standard library.
"""
