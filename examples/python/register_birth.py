"""Registers a birth, asks what became of it, and shows what an error says.

    register_birth.py SERVER CERTIFICATES REQUEST_ID BIRTH
    register_birth.py 127.0.0.1:7400 certs 019ab0c4-5b00-7000-8000-000000000001 ../birth.json
"""

import sys
import uuid
from pathlib import Path

# Where the code made from the contract lies.
sys.path.insert(0, str(Path(__file__).parent / "generated"))

import grpc
from dinhdanh.v1 import issuance_pb2, issuance_pb2_grpc, registration_pb2
from google.protobuf import json_format

from client import Problem, connect, metadata, until_answered


def issue(office, request_id, registration):
    request = issuance_pb2.IssueNumberRequest(request_id=request_id, registration=registration)
    answer = until_answered(lambda: office.IssueNumber(request, metadata=metadata("vi")))
    if answer.HasField("issued"):
        print(f"number {answer.issued.number}, replayed: {str(answer.replayed).lower()}")
    else:
        # An ordinary outcome: the certificate is written without a number, which is attached once the case is decided.
        review = answer.under_review
        print(f"under review, case {review.case_id}: {review.advice.message}")


def ask(office, request_id):
    request = issuance_pb2.GetIssuanceRequest(request_id=request_id)
    answer = until_answered(lambda: office.GetIssuance(request, metadata=metadata("vi")))
    print(f"asked again: number {answer.issued.number}")


def show_error(office, registration):
    """A form may be checked before it is sent in earnest; nothing is written."""
    request = issuance_pb2.IssueNumberRequest(
        request_id=str(uuid.uuid4()), registration=registration, validate_only=True
    )
    request.registration.child.ClearField("full_name")
    for language in ("vi", "en"):
        try:
            until_answered(lambda: office.IssueNumber(request, metadata=metadata(language)))
        except grpc.RpcError as error:
            problem = Problem.of(error)
            print(f"{problem.code.name} / {problem.reason}, {language}: {problem.text}")
            for field, description in problem.fields:
                print(f"  {field}: {description}")
        else:
            raise AssertionError("a child without a name was taken")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    server, certificates, request_id, birth = sys.argv[1:]
    # A registration system makes the id and keeps it beside its own record before it sends anything: an id that is made
    # anew after a crash is another request.
    text = Path(birth).read_text(encoding="utf-8")
    registration = json_format.Parse(text, registration_pb2.BirthRegistration())
    sys.stdout.reconfigure(encoding="utf-8")
    with connect(server, Path(certificates)) as channel:
        office = issuance_pb2_grpc.IssuanceServiceStub(channel)
        issue(office, request_id, registration)
        ask(office, request_id)
        show_error(office, registration)


if __name__ == "__main__":
    main()
