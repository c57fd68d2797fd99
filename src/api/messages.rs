//! What an officer is told: what happened and what to do, in Vietnamese and English.

use crate::refusal::Refusal;

/// The texts for a refusal: Vietnamese, English.
pub fn for_officer(refusal: &Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::InvalidField(_) => (
            "Một số thông tin chưa đúng quy định. Sửa các mục được nêu rồi gửi lại.",
            "Some fields break their rules. Correct the fields named and send again.",
        ),
        Refusal::Malformed(_) => (
            "Không đọc được yêu cầu. Phần mềm gửi bị lỗi: báo cho bộ phận kỹ thuật.",
            "The request cannot be read. The sending software is at fault: tell your technical support.",
        ),
        Refusal::TooLarge { .. } => (
            "Yêu cầu quá lớn. Rút gọn nội dung rồi gửi lại.",
            "The request is too large. Shorten it and send again.",
        ),
        Refusal::RequestIdReused(_) => (
            "Mã yêu cầu này đã dùng cho nội dung khác. Gửi lại với mã yêu cầu mới.",
            "This request id was used for other content. Send again with a new request id.",
        ),
        Refusal::RegistrationExists(_) => (
            "Sổ và số đăng ký này đã có với thông tin khác. Kiểm tra lại số đăng ký; nếu cần sửa, làm thủ tục cải chính.",
            "This registration is known with other facts. Check the entry number; to change facts, use a correction.",
        ),
        Refusal::NoSuchRequest => (
            "Không có yêu cầu này của cơ quan bạn. Có thể gửi lại cùng mã yêu cầu bất cứ lúc nào.",
            "Your office has no such request. Sending the same request again is always safe.",
        ),
        Refusal::NoSuchRegistration => (
            "Không có đăng ký này của cơ quan bạn.",
            "Your office has no such registration.",
        ),
        Refusal::NoSuchNumber => ("Không có số định danh này.", "There is no such number."),
        Refusal::NoSuchCase => ("Không có vụ việc này.", "There is no such case."),
        Refusal::NoSuchBlock => (
            "Cơ quan bạn không có dải số này.",
            "Your office has no such block of numbers.",
        ),
        Refusal::NoSuchEntry => ("Không có mục sổ cái này.", "There is no such entry of the ledger."),
        Refusal::BlockClosed => (
            "Dải số này đã đóng. Đăng ký như thường lệ để được cấp số khác.",
            "This block of numbers is closed. Register the birth as usual to be given another number.",
        ),
        Refusal::WrongState(_) => (
            "Việc này không còn phù hợp với tình trạng hiện tại. Xem lại số định danh hoặc vụ việc rồi quyết định.",
            "This does not fit how things stand now. Look at the number or the case again before you decide.",
        ),
        Refusal::CaseOpen => (
            "Đang có một vụ việc về số định danh này. Chờ vụ việc đó kết thúc.",
            "A case about this number is open. Wait until it is closed.",
        ),
        Refusal::NeedsReissue => (
            "Giới tính, năm sinh và nơi đăng ký nằm trong số định danh: phải đề nghị cấp lại số.",
            "Sex, birth year and place of registration are part of the number: propose a reissue.",
        ),
        Refusal::GroundNotInForce => (
            "Căn cứ này không có hiệu lực vào ngày hôm nay. Xem danh mục căn cứ.",
            "This ground is not in force today. See the list of grounds.",
        ),
        Refusal::CursorAhead => (
            "Vị trí này vượt quá cuối sổ cái. Kiểm tra lại con trỏ đã lưu.",
            "This position is beyond the end of the ledger. Check the cursor you kept.",
        ),
        Refusal::OwnProposal => (
            "Bên đề nghị không được quyết định vụ việc của mình. Bên kia quyết định.",
            "The side that proposed does not decide its own case. The other side decides.",
        ),
        Refusal::NotEligible => (
            "Chỉ trẻ em có quốc tịch Việt Nam được cấp số định danh cá nhân.",
            "Only children of Vietnamese nationality are given a personal number.",
        ),
        Refusal::PrefixExhausted => (
            "Đã hết số cho nơi đăng ký, năm sinh và giới tính này. Báo cho bộ phận vận hành.",
            "No number is left for this place, birth year and sex. Tell those who run the service.",
        ),
        Refusal::PrefixClosed { .. } => (
            "Mã nơi đăng ký này không còn dùng để cấp số. Dùng mã của đơn vị kế tiếp.",
            "This place code is closed for new numbers. Use the code of the successor.",
        ),
        Refusal::Role => (
            "Vai trò của cơ quan bạn không được thực hiện việc này.",
            "The role of your office does not allow this call.",
        ),
        Refusal::NotYourRegistration => (
            "Đăng ký này thuộc cơ quan khác.",
            "This registration belongs to another office.",
        ),
        Refusal::NoIdentity(_) => (
            "Không xác định được cơ quan gửi yêu cầu.",
            "The service cannot tell which office is calling.",
        ),
        Refusal::Quota { .. } => (
            "Cơ quan bạn gửi quá nhanh. Phần mềm sẽ tự gửi lại sau ít phút; không cần nhập lại.",
            "Your office is sending too fast. Your software will send again shortly; nothing needs to be typed again.",
        ),
        Refusal::Overloaded { .. } => (
            "Hệ thống đang quá tải. Phần mềm sẽ tự gửi lại sau ít phút; không cần nhập lại.",
            "The service is overloaded. Your software will send again shortly; nothing needs to be typed again.",
        ),
        Refusal::StoreUnavailable { .. } => (
            "Hệ thống tạm thời không ghi được. Phần mềm sẽ tự gửi lại; không cần nhập lại.",
            "The service cannot write at the moment. Your software will send again; nothing needs to be typed again.",
        ),
        Refusal::StoreRolledBack { .. } => (
            "Kho dữ liệu đã bị đưa về trạng thái cũ; hệ thống dừng cấp số cho đến khi người vận hành khôi phục xong. Phần mềm \
             sẽ tự gửi lại; không cần nhập lại.",
            "The store was put back to an earlier state; no number is given before the operator has recovered it. Your \
             software will send again; nothing needs to be typed again.",
        ),
        Refusal::Draining { .. } => (
            "Máy chủ đang khởi động lại. Phần mềm sẽ tự gửi lại; không cần nhập lại.",
            "The server is restarting. Your software will send again; nothing needs to be typed again.",
        ),
        Refusal::InProgress { .. } => (
            "Yêu cầu này đang được xử lý. Hỏi lại sau giây lát.",
            "This request is being worked on. Ask again in a moment.",
        ),
        Refusal::NoTimeLeft => (
            "Không đủ thời gian để xử lý yêu cầu. Gửi lại cùng mã yêu cầu.",
            "There was not enough time left to deal with the request. Send the same request again.",
        ),
        Refusal::Bug => (
            "Lỗi hệ thống, chưa rõ kết quả. Gửi lại cùng mã yêu cầu.",
            "An internal fault; the outcome is unknown. Send the same request again.",
        ),
    }
}

/// What an officer is told about a registration under review: Vietnamese, English. The same for every cause, since the
/// cause may tell of another person.
pub const UNDER_REVIEW: (&str, &str) = (
    "Đăng ký đã được ghi nhận và đang chờ kiểm tra. Giấy khai sinh vẫn có giá trị; số định danh sẽ được bổ sung sau.",
    "The registration is recorded and under review. The birth certificate is valid; the number will be added later.",
);
