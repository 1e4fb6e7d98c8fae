"""SRP-6a as Cognito speaks it, the server's side: RFC 5054's 3072-bit group, SHA-256, numbers as Java writes them.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
and https://www.rfc-editor.org/rfc/rfc5054. The server keeps a salt and v = g^x, from which the password cannot be read.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D"
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
_INFO = b"Caldera Derived Key\x01"
_SECRET_BITS = 256  # of the server's b: as strong as the hash, and three times as fast as 1024


@dataclass(frozen=True)
class Verifier:
    """What is kept of a password for SRP: the salt and v, as numbers."""

    salt: int
    value: int


@dataclass(frozen=True)
class Challenge:
    """public: B, which the client gets. key: 16 bytes with which it must sign."""

    public: int
    key: bytes


def unsigned(number: int) -> bytes:
    """A number as Java's BigInteger gives its bytes: a leading zero where the top bit would be a sign."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def verifier(pool: str, user_id: str, password: str, salt: int | None = None) -> Verifier:
    """What to keep of a password. pool: the pool's id after the underscore."""
    salt = secrets.randbits(128) if salt is None else salt
    inner = _sha256(f"{pool}{user_id}:{password}".encode("utf-8", "surrogatepass"))
    return Verifier(salt, pow(G, int.from_bytes(_sha256(unsigned(salt) + inner), "big"), N))


def challenge(known: Verifier, client_public: int, secret: int | None = None) -> Challenge | None:
    """Answer a client's A; None for one that would make any password right (A mod N = 0)."""
    if client_public % N == 0:
        return None
    while True:
        b = secrets.randbits(_SECRET_BITS) if secret is None else secret
        public = (_K * known.value + pow(G, b, N)) % N
        scramble = int.from_bytes(_sha256(unsigned(client_public) + unsigned(public)), "big")
        if public and scramble:
            break
    shared = pow(client_public * pow(known.value, scramble, N), b, N)
    return Challenge(public, _hkdf(unsigned(shared), unsigned(scramble)))


def signature(key: bytes, pool: str, user_id: str, block: bytes, timestamp: str) -> str:
    """The proof that a client sends: PASSWORD_CLAIM_SIGNATURE."""
    message = pool.encode() + user_id.encode("utf-8", "surrogatepass") + block + timestamp.encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def same(expected: str, claimed: str) -> bool:
    """Whether two proofs are one, in a time that tells nothing."""
    return hmac.compare_digest(expected.encode(), claimed.encode("utf-8", "surrogatepass"))


def _hkdf(material: bytes, salt: bytes) -> bytes:
    extracted = hmac.new(salt, material, hashlib.sha256).digest()
    return hmac.new(extracted, _INFO, hashlib.sha256).digest()[:16]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_K = int.from_bytes(_sha256(unsigned(N) + unsigned(G)), "big")
