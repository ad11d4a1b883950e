"""A certificate authority for tests, and what it signs; made by openssl, as an operator would."""

import pathlib
import subprocess

HOST = "127.0.0.1"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """A certificate authority with its own key; `certificate` is what clients are to trust."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        self.key = self.directory / "authority.key"
        self.certificate = self.directory / "authority.pem"
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self.key, "-out", self.certificate, "-days", 2,
            "-subj", f"/CN={self.directory.name}",
        )

    def issue(self, name, password=None):
        """(key, certificate) of `name`, both PEM; the key is encrypted if there is a password."""
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        certificate = self.directory / f"{name}.pem"
        extension = self.directory / f"{name}.ext"
        extension.write_text(f"subjectAltName=IP:{HOST},DNS:{HOST},DNS:localhost\n")
        encryption = ["-passout", f"pass:{password}"] if password else ["-nodes"]
        openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            *encryption, "-keyout", key, "-out", request, "-subj", f"/CN={name}",
        )
        openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
            "-CAcreateserial", "-out", certificate, "-days", 2, "-extfile", extension,
        )
        return key, certificate

    def key_store(self, name):
        """A file with a key and its certificate, for a broker's `ssl.keystore.location`."""
        key, certificate = self.issue(name)
        store = self.directory / f"{name}.store.pem"
        store.write_bytes(key.read_bytes() + certificate.read_bytes())
        return store
