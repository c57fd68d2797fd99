//! Surnames of the Kinh.

use super::Words;

/// About a third are Nguyễn, a tenth each Trần and Lê; weights are parts of about a thousand.
pub(super) const SURNAMES: Words = &[
    ("Nguyễn", 360), ("Trần", 110), ("Lê", 92), ("Phạm", 62), ("Hoàng", 28), ("Huỳnh", 23), ("Phan", 28), ("Vũ", 22),
    ("Võ", 21), ("Đặng", 21), ("Bùi", 21), ("Đỗ", 18), ("Hồ", 13), ("Ngô", 13), ("Trương", 12), ("Dương", 10),
    ("Đào", 9), ("Đinh", 9), ("Lâm", 7), ("Mai", 7), ("Trịnh", 7), ("Đoàn", 7), ("Cao", 7), ("Hà", 6), ("Lương", 6),
    ("Lý", 5), ("Phùng", 5), ("Lưu", 5), ("Tạ", 4), ("Tô", 4), ("Thái", 4), ("Vương", 4), ("Châu", 3), ("Tống", 3),
    ("Chu", 3), ("Nghiêm", 2), ("Quách", 2), ("Tăng", 2), ("La", 2), ("Kiều", 2), ("Văn", 2), ("Từ", 2), ("Hứa", 2),
    ("Lại", 2), ("Mạc", 2), ("Diệp", 2), ("Đàm", 2), ("Triệu", 2), ("Đồng", 2), ("Thân", 1), ("Khuất", 1),
    ("Doãn", 1), ("Ninh", 1), ("Bạch", 1), ("Giang", 1), ("Ứng", 1), ("Cù", 1), ("Tôn", 1), ("Phó", 1), ("Âu", 1),
    ("Quản", 1), ("Hàn", 1), ("Viên", 1), ("Cấn", 1), ("Bành", 1), ("Thiều", 1), ("Lục", 1), ("Khổng", 1),
];
