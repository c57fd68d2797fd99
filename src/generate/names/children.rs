//! How children born today are called. Half get one of the well-liked pairs of given names, often behind a middle name;
//! half get a middle name and a given name of the parents' choosing.

use super::Words;

pub(super) const BEFORE_GIRL_PAIR: Words = &[
    ("", 620), ("Ngọc", 80), ("Thị", 40), ("Hoàng", 40), ("Trần", 20), ("Lê", 20), ("Phạm", 10), ("Thanh", 20),
    ("Kim", 20), ("Hà", 20), ("Mai", 20), ("Phương", 20), ("Vũ", 10), ("Đặng", 10), ("Thùy", 10), ("Huyền", 10),
];

pub(super) const GIRL_PAIRS: Words = &[
    ("Bảo Ngọc", 30), ("Minh Anh", 30), ("Bảo Anh", 22), ("Khánh An", 24), ("Gia Hân", 26), ("Bảo Hân", 24),
    ("Khánh Vy", 22), ("Tường Vy", 18), ("An Nhiên", 24), ("Minh Châu", 24), ("Ngọc Diệp", 18), ("Linh Đan", 18),
    ("Quỳnh Anh", 20), ("Phương Anh", 18), ("Khánh Linh", 20), ("Thảo Nguyên", 12), ("Kim Ngân", 16), ("Bảo Châu", 18),
    ("Bảo Trâm", 16), ("Thanh Trúc", 12), ("Ngọc Hân", 18), ("Nhã Uyên", 12), ("Tú Anh", 12), ("Hà My", 16),
    ("Trà My", 14), ("Diệu Anh", 10), ("Diệp Anh", 12), ("Thùy Dương", 10), ("Ánh Dương", 10),
    ("Mai Anh", 12), ("Hoài An", 10), ("Tâm An", 12), ("Bảo An", 14), ("Minh Thư", 22), ("Anh Thư", 20),
    ("Quỳnh Chi", 16), ("Linh Chi", 18), ("Mai Chi", 14), ("Kim Chi", 8), ("Thảo Vy", 14), ("Yến Nhi", 16),
    ("Phương Linh", 14), ("Gia Linh", 14), ("Thùy Linh", 12), ("Hạ Vy", 10), ("Hải Yến", 8), ("Phương Thảo", 12),
    ("Thanh Thảo", 10), ("Ngọc Ánh", 10), ("Ngọc Linh", 12), ("Ngọc Anh", 18), ("Tuệ Nhi", 14), ("Tuệ An", 12),
    ("Tuệ Lâm", 10), ("Tuệ Minh", 8), ("Minh Tuệ", 8), ("Cát Tường", 10), ("Phúc An", 8), ("Thiên An", 10),
    ("Thiên Kim", 6), ("Hồng Ân", 6), ("Thiên Ân", 6), ("Uyên Nhi", 8), ("Yên Nhi", 6), ("Gia Nhi", 8),
    ("Phương Vy", 12), ("Ái Vy", 4), ("Ngọc Mai", 8), ("Khả Hân", 14), ("Khả Ngân", 6), ("Kim Anh", 6), ("Lan Anh", 8),
    ("Lan Chi", 6), ("Nhật Hạ", 4), ("Nhật Linh", 6), ("Như Ý", 10), ("Như Quỳnh", 8), ("Bích Ngọc", 8),
    ("Hồng Ngọc", 6), ("Minh Ngọc", 14), ("Khánh Ngọc", 10), ("Thanh Hà", 4), ("Thu Hà", 4), ("Phương Nhi", 10),
    ("Thảo Nhi", 8), ("Băng Băng", 2), ("Đan Thanh", 4), ("Thủy Tiên", 6), ("Cẩm Tiên", 4), ("Quế Chi", 4),
    ("Hoàng Anh", 6), ("Minh Khuê", 12), ("Ngọc Khuê", 8), ("Kỳ Duyên", 4), ("Mỹ Duyên", 4), ("Bảo Quyên", 6),
    ("Diễm My", 6), ("Thiên Thanh", 4), ("Hương Giang", 6), ("Ngân Giang", 4), ("Gia Hòa", 2), ("Thúy An", 3),
];

pub(super) const GIRLS_MIDDLE: Words = &[
    ("Thị", 110), ("Ngọc", 90), ("Bảo", 60), ("Minh", 50), ("Khánh", 45), ("Phương", 40), ("Thanh", 35), ("Thảo", 25),
    ("Kim", 30), ("Thùy", 28), ("Quỳnh", 28), ("Gia", 28), ("Hoàng", 25), ("Mai", 22), ("Hà", 20), ("Diệu", 18),
    ("Như", 18), ("Tuệ", 20), ("An", 18), ("Ánh", 14), ("Yến", 14), ("Hồng", 14), ("Thu", 12), ("Mỹ", 12), ("Trúc", 10),
    ("Cẩm", 8), ("Bích", 8), ("Linh", 10), ("Hải", 10), ("Nhã", 10), ("Tường", 8), ("Uyên", 6), ("Tâm", 8), ("Lan", 6),
    ("Thúy", 6), ("Hoài", 6), ("Thiên", 8), ("Đan", 6), ("Vân", 5), ("Xuân", 4),
];

pub(super) const GIRLS_GIVEN: Words = &[
    ("Anh", 70), ("Ngọc", 40), ("Vy", 50), ("Nhi", 46), ("Linh", 50), ("Hân", 44), ("An", 42), ("Châu", 36), ("My", 34),
    ("Chi", 34), ("Thư", 38), ("Trang", 26), ("Ngân", 28), ("Trâm", 26), ("Thảo", 22), ("Phương", 22), ("Quỳnh", 18),
    ("Như", 20), ("Uyên", 18), ("Mai", 18), ("Hà", 14), ("Giang", 12), ("Yến", 12), ("Diệp", 16), ("Đan", 12),
    ("Khuê", 12), ("Ly", 10), ("Tiên", 12), ("Trinh", 10), ("Trúc", 12), ("Duyên", 10), ("Dương", 12), ("Nguyên", 10),
    ("Lam", 8), ("Lâm", 8), ("San", 4), ("Hương", 8), ("Huyền", 10), ("Ánh", 8), ("Hiền", 6), ("Minh", 10),
    ("Nhiên", 14), ("Kim", 4), ("Thy", 12), ("Tuệ", 6), ("Ý", 4), ("Quyên", 6), ("Vân", 6), ("Thương", 5), ("Hoa", 4),
    ("Hạnh", 4), ("Thanh", 6), ("Băng", 3), ("Hồng", 3), ("Nga", 2), ("Oanh", 2), ("Lan", 4), ("Tâm", 4), ("Thủy", 4),
];

pub(super) const BEFORE_BOY_PAIR: Words = &[
    ("", 640), ("Hoàng", 60), ("Văn", 20), ("Đức", 30), ("Trần", 20), ("Lê", 20), ("Phạm", 10), ("Ngọc", 20),
    ("Hữu", 20), ("Quang", 20), ("Vũ", 20), ("Đình", 20), ("Bá", 10), ("Công", 10), ("Thế", 10), ("Duy", 20),
];

pub(super) const BOY_PAIRS: Words = &[
    ("Gia Bảo", 34), ("Minh Khôi", 32), ("Minh Quân", 28), ("Anh Khoa", 22), ("Đăng Khôi", 24), ("Minh Khang", 26),
    ("Gia Huy", 26), ("Minh Đức", 22), ("Minh Anh", 8), ("Bảo Minh", 14), ("Gia Khánh", 18), ("Phúc An", 12),
    ("Hoàng Nam", 14), ("Nhật Minh", 24), ("Tuấn Kiệt", 20), ("Anh Kiệt", 14), ("Gia Hưng", 20), ("Đức Minh", 16),
    ("Hải Đăng", 22), ("Minh Đăng", 18), ("Minh Nhật", 14), ("Quang Minh", 20), ("Bảo Long", 14), ("Hoàng Long", 12),
    ("Phúc Khang", 16), ("Bảo Khang", 16), ("An Khang", 8), ("Nguyên Khang", 10), ("Thiên Phúc", 14), ("Gia Phúc", 14),
    ("Hoàng Phúc", 14), ("Minh Phúc", 14), ("Thiên Ân", 12), ("Gia Ân", 6), ("Minh Trí", 16), ("Minh Triết", 14),
    ("Đức Anh", 18), ("Tuấn Anh", 14), ("Việt Anh", 12), ("Hoàng Anh", 12), ("Duy Anh", 10), ("Nhật Anh", 10),
    ("Thế Anh", 6), ("Bảo Anh", 6), ("Trung Kiên", 12), ("Minh Kiên", 10), ("Bảo Nam", 12), ("Nhật Nam", 12),
    ("Hải Nam", 10), ("Bảo Lâm", 12), ("Tùng Lâm", 12), ("Hoàng Lâm", 10), ("Phúc Lâm", 10), ("Hoàng Bách", 12),
    ("Xuân Bách", 6), ("Gia Bách", 8), ("Đình Phong", 6), ("Hải Phong", 8), ("Nam Phong", 8), ("Thanh Phong", 8),
    ("Quốc Bảo", 14), ("Thiên Bảo", 12), ("Đức Bảo", 6), ("Chí Bảo", 4), ("Quốc Khánh", 8), ("Nam Khánh", 6),
    ("Đăng Khoa", 18), ("Minh Khoa", 10), ("Nguyên Khôi", 14), ("Anh Khôi", 8), ("Anh Quân", 10), ("Hoàng Quân", 10),
    ("Minh Hiếu", 12), ("Trung Hiếu", 10), ("Minh Hoàng", 14), ("Huy Hoàng", 12), ("Gia Hoàng", 6), ("Quốc Huy", 10),
    ("Quang Huy", 12), ("Nhật Huy", 8), ("Đức Huy", 8), ("Tấn Phát", 10), ("Gia Phát", 6), ("Tiến Đạt", 12),
    ("Thành Đạt", 10), ("Thành Nhân", 6), ("Trọng Nhân", 8), ("Thiện Nhân", 12), ("Khôi Nguyên", 14), ("Bình An", 12),
    ("Bảo An", 8), ("Tâm An", 4), ("Việt Hoàng", 6), ("Trường Giang", 4), ("Hữu Phước", 4), ("Gia Kiệt", 6),
    ("Đức Thịnh", 8), ("Phú Thịnh", 6), ("Minh Thiện", 6), ("Minh Vũ", 4), ("Long Vũ", 4), ("Duy Khánh", 4),
];

pub(super) const BOYS_MIDDLE: Words = &[
    ("Văn", 90), ("Minh", 80), ("Gia", 60), ("Hoàng", 50), ("Đức", 45), ("Quang", 35), ("Bảo", 45), ("Anh", 35),
    ("Quốc", 35), ("Ngọc", 25), ("Thanh", 25), ("Hữu", 25), ("Tuấn", 25), ("Duy", 28), ("Nhật", 25), ("Đăng", 25),
    ("Thành", 22), ("Phúc", 20), ("Thiên", 22), ("Đình", 18), ("Xuân", 12), ("Công", 14), ("Trung", 16), ("Hải", 16),
    ("Tiến", 14), ("Trọng", 10), ("Khánh", 14), ("Việt", 12), ("Nguyên", 12), ("Chí", 8), ("Tấn", 10), ("Mạnh", 10),
    ("Thế", 10), ("Khôi", 8), ("Nam", 8), ("Phước", 6), ("Bá", 6), ("Huy", 10), ("Kiến", 4), ("Trí", 4),
];

pub(super) const BOYS_GIVEN: Words = &[
    ("Minh", 40), ("Khang", 42), ("Khôi", 42), ("Bảo", 40), ("Huy", 36), ("Phúc", 36), ("Anh", 36), ("Quân", 32),
    ("Khoa", 32), ("Nam", 28), ("Long", 28), ("Đạt", 24), ("Phong", 26), ("Kiệt", 26), ("Đức", 22), ("An", 26),
    ("Hưng", 22), ("Khánh", 22), ("Nguyên", 22), ("Lâm", 22), ("Đăng", 20), ("Hiếu", 18), ("Hoàng", 20), ("Kiên", 20),
    ("Trí", 20), ("Thịnh", 18), ("Sơn", 16), ("Tùng", 14), ("Dũng", 14), ("Vũ", 14), ("Phát", 18), ("Nhân", 16),
    ("Quang", 12), ("Duy", 14), ("Tuấn", 12), ("Thành", 12), ("Bình", 10), ("Tài", 12), ("Hải", 12), ("Việt", 10),
    ("Trung", 10), ("Cường", 10), ("Lộc", 10), ("Hào", 8), ("Vinh", 10), ("Toàn", 8), ("Triết", 10), ("Thiện", 10),
    ("Bách", 12), ("Nghĩa", 8), ("Thái", 6), ("Trường", 6), ("Tân", 4), ("Hòa", 4), ("Luân", 4), ("Quý", 6), ("Tú", 6),
    ("Ân", 8), ("Khải", 8), ("Tâm", 6), ("Tiến", 8), ("Khiêm", 6), ("Nhật", 8), ("Thắng", 8), ("Phước", 6),
];
