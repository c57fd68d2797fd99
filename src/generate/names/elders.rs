//! How grown people are called: those born up to about 2008.

use super::Words;

pub(super) const WOMEN_MIDDLE: Words = &[
    ("Thị", 620), ("Thị Thu", 34), ("Thị Ngọc", 32), ("Thị Kim", 30), ("Thị Thanh", 28), ("Thị Hồng", 26),
    ("Thị Bích", 16), ("Thị Mỹ", 16), ("Thị Thùy", 16), ("Thị Phương", 14), ("Thị Minh", 12), ("Thị Thúy", 12),
    ("Thị Tuyết", 9), ("Thị Lan", 8), ("Thị Hoài", 8), ("Thị Quỳnh", 8), ("Thị Cẩm", 7), ("Thị Xuân", 6),
    ("Thị Khánh", 6), ("Thị Như", 6), ("Thị Diễm", 5), ("Thị Ánh", 5), ("Thị Yến", 5), ("Ngọc", 40), ("Thu", 22),
    ("Thanh", 22), ("Phương", 18), ("Kim", 18), ("Thùy", 18), ("Hồng", 16), ("Minh", 14), ("Mỹ", 10), ("Quỳnh", 10),
    ("Bích", 9), ("Khánh", 7), ("Diệu", 6), ("Hoài", 6), ("Như", 6), ("Tuyết", 5), ("Bảo", 5), ("Hải", 5), ("Lan", 5),
    ("Mai", 5), ("Trúc", 5), ("Ánh", 4), ("Vân", 4), ("Hà", 4), ("Yến", 4), ("Cẩm", 4), ("Thảo", 3), ("Tú", 3),
];

pub(super) const WOMEN_GIVEN: Words = &[
    ("Linh", 38), ("Trang", 36), ("Hương", 34), ("Thảo", 32), ("Phương", 30), ("Anh", 30), ("Huyền", 28), ("Hằng", 26),
    ("Hà", 26), ("Thủy", 24), ("Ngọc", 24), ("Lan", 22), ("Hoa", 22), ("Hiền", 22), ("Yến", 22), ("Nga", 20),
    ("Nhung", 20), ("Hạnh", 20), ("Mai", 20), ("Vân", 20), ("Dung", 18), ("Loan", 18), ("Ngân", 18), ("Thu", 16),
    ("Hồng", 16), ("Thúy", 14), ("Oanh", 14), ("Trinh", 14), ("Nhi", 14), ("Duyên", 14), ("Quỳnh", 14), ("Quyên", 12),
    ("Tâm", 12), ("Thương", 12), ("Trâm", 12), ("Phượng", 12), ("Tuyết", 10), ("Ly", 10), ("My", 10), ("Giang", 10),
    ("Liên", 10), ("Huệ", 10), ("Nguyệt", 8), ("Hòa", 8), ("Chi", 8), ("Kiều", 8), ("Như", 8), ("Uyên", 8), ("Vy", 8),
    ("Hường", 8), ("Ánh", 8), ("Diệp", 6), ("Bình", 6), ("Xuân", 6), ("Lý", 6), ("Bích", 6), ("Châu", 6), ("Minh", 6),
    ("Tiên", 6), ("Trúc", 6), ("Tú", 6), ("Diễm", 6), ("Thơm", 5), ("Hậu", 5), ("Lệ", 5), ("Thắm", 5), ("Thoa", 5),
    ("Mỹ", 4), ("Nhàn", 4), ("Tươi", 4), ("Đào", 4), ("Sen", 3), ("Na", 3), ("Hân", 3), ("Hợp", 2), ("Lài", 2),
    ("Nụ", 2), ("Gấm", 2), ("Miền", 2),
];

pub(super) const MEN_MIDDLE: Words = &[
    ("Văn", 400), ("Đức", 50), ("Minh", 45), ("Hữu", 40), ("Thanh", 40), ("Quốc", 40), ("Quang", 38), ("Hoàng", 36),
    ("Ngọc", 34), ("Đình", 34), ("Công", 28), ("Xuân", 22), ("Thành", 22), ("Duy", 22), ("Tuấn", 18), ("Trung", 18),
    ("Mạnh", 18), ("Anh", 16), ("Hồng", 14), ("Tiến", 14), ("Trọng", 14), ("Thế", 14), ("Tấn", 12), ("Viết", 10),
    ("Bá", 10), ("Chí", 10), ("Việt", 10), ("Nhật", 8), ("Phước", 8), ("Hải", 8), ("Khắc", 8), ("Huy", 8), ("Gia", 6),
    ("Sỹ", 5), ("Như", 3), ("", 20),
];

pub(super) const MEN_GIVEN: Words = &[
    ("Hùng", 34), ("Tuấn", 34), ("Dũng", 32), ("Nam", 30), ("Anh", 28), ("Hải", 28), ("Sơn", 28), ("Cường", 28),
    ("Minh", 26), ("Đức", 26), ("Long", 24), ("Thắng", 24), ("Hiếu", 24), ("Tùng", 22), ("Hoàng", 22), ("Trung", 22),
    ("Huy", 22), ("Thành", 22), ("Quân", 20), ("Phong", 20), ("Đạt", 20), ("Bình", 18), ("Tú", 18), ("Việt", 16),
    ("Phúc", 16), ("Mạnh", 16), ("Tâm", 16), ("Toàn", 16), ("Duy", 16), ("Lâm", 16), ("Vinh", 16), ("Tài", 16),
    ("Kiên", 16), ("Hòa", 14), ("Quang", 14), ("Linh", 14), ("Khánh", 14), ("Giang", 12), ("Lộc", 12), ("Nghĩa", 12),
    ("Trường", 12), ("Hưng", 12), ("Thịnh", 12), ("Tiến", 12), ("Vũ", 12), ("Thái", 12), ("An", 10), ("Công", 10),
    ("Hậu", 10), ("Khoa", 10), ("Sang", 10), ("Trí", 10), ("Nhân", 10), ("Quý", 9), ("Chiến", 9), ("Tân", 9),
    ("Luân", 8), ("Phương", 8), ("Quyết", 8), ("Thiện", 8), ("Đông", 8), ("Hiệp", 8), ("Bảo", 8), ("Thuận", 8),
    ("Dương", 8), ("Định", 6), ("Tuyên", 6), ("Khải", 6), ("Vương", 6), ("Hà", 6),
];
