"""How to connect, what an error says, and when to send again."""

import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

OFFICE = "registrar-26734"
SERVICE_CONFIG = Path(__file__).parent.parent / "service-config.json"

PATIENCE_S = 300.0
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 10.0

AGAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
}


def connect(server: str, certificates: Path) -> grpc.Channel:
    """A connection on which this office proves who it is, by the files that `dinhdanh certs` makes."""
    credentials = grpc.ssl_channel_credentials(
        root_certificates=(certificates / "ca.pem").read_bytes(),
        private_key=(certificates / f"{OFFICE}.key").read_bytes(),
        certificate_chain=(certificates / f"{OFFICE}.pem").read_bytes(),
    )
    options = [
        ("grpc.enable_retries", 1),
        ("grpc.service_config", SERVICE_CONFIG.read_text(encoding="utf-8")),
        # Otherwise a channel waits up to two minutes before it tries to connect once more.
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 5_000),
    ]
    return grpc.secure_channel(server, credentials, options)


def metadata(language: str) -> list[tuple[str, str]]:
    """Asks for texts in a language, and says which officer calls and what for."""
    return [
        ("accept-language", language),
        ("x-dinhdanh-officer", "officer-7"),
        ("x-dinhdanh-purpose", "REGISTER"),
    ]


@dataclass
class Problem:
    """What an error says."""

    code: grpc.StatusCode
    #: What a program decides by, from the table in docs/errors.md; empty where the service itself did not answer.
    reason: str = ""
    #: What the officer reads.
    text: str = ""
    #: What is wrong with which field.
    fields: list[tuple[str, str]] = field(default_factory=list)
    #: How long to wait before sending again, in seconds, where the service says so.
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: grpc.RpcError) -> "Problem":
        problem = cls(error.code())
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            info = error_details_pb2.ErrorInfo()
            text = error_details_pb2.LocalizedMessage()
            bad = error_details_pb2.BadRequest()
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                problem.reason = info.reason
            elif detail.Unpack(text):
                problem.text = text.message
            elif detail.Unpack(bad):
                problem.fields = [(each.field, each.description) for each in bad.field_violations]
            elif detail.Unpack(retry):
                problem.retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
        return problem


def until_answered(call):
    """Calls until there is an answer, be it a refusal.

    The rule for whoever gets no answer: send the same request, with the same id, again. A request is decided once, so that
    is always right.

    This goes around gRPC's own retries, which the service config asks for. Those are five at most, keep no longer than one
    deadline, and know the wait that UNAVAILABLE carries, but not RetryInfo.
    """
    end = time.monotonic() + PATIENCE_S
    backoff_s = FIRST_WAIT_S
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            problem = Problem.of(error)
            # After that nothing is known: the request must be kept, and sent again some other time.
            if problem.code not in AGAIN or time.monotonic() > end:
                raise
            wait_s = backoff_s if problem.retry_after_s is None else problem.retry_after_s
            # Up to half as long again, so that offices that failed together do not come back together.
            wait_s *= random.uniform(1.0, 1.5)
            print(f"{problem.code.name} {problem.reason}: sending again in {wait_s * 1000:.0f} ms", file=sys.stderr)
            time.sleep(wait_s)
            backoff_s = min(2 * backoff_s, LONGEST_WAIT_S)
