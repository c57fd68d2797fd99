package dinhdanh.example;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.LocalizedMessage;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an error says.
 *
 * @param reason what a program decides by, from the table in docs/errors.md; empty where the service itself did not answer
 * @param text what the officer reads
 * @param fields what is wrong with which field
 * @param retryAfter how long to wait before sending again, where the service says so
 */
record Problem(
        Status.Code code,
        String reason,
        String text,
        List<BadRequest.FieldViolation> fields,
        Optional<Duration> retryAfter) {

    static Problem of(StatusRuntimeException error) {
        var code = error.getStatus().getCode();
        String reason = "";
        String text = "";
        List<BadRequest.FieldViolation> fields = List.of();
        Optional<Duration> retryAfter = Optional.empty();
        var status = StatusProto.fromThrowable(error);
        try {
            for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    reason = detail.unpack(ErrorInfo.class).getReason();
                } else if (detail.is(LocalizedMessage.class)) {
                    text = detail.unpack(LocalizedMessage.class).getMessage();
                } else if (detail.is(BadRequest.class)) {
                    fields = detail.unpack(BadRequest.class).getFieldViolationsList();
                } else if (detail.is(RetryInfo.class)) {
                    var delay = detail.unpack(RetryInfo.class).getRetryDelay();
                    retryAfter = Optional.of(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
                }
            }
        } catch (InvalidProtocolBufferException unreadable) {
            // The code alone says whether to send again.
        }
        return new Problem(code, reason, text, fields, retryAfter);
    }
}
