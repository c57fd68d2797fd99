//! The words of the names of each people. Weights compare within one table only.

use super::Words;

pub(super) const TAY: Words = &[
    ("Hoàng", 8), ("Nông", 9), ("Lý", 4), ("Triệu", 3), ("Ma", 5), ("Bế", 3), ("Hà", 5), ("Lương", 4), ("Vi", 3),
    ("Đàm", 3), ("Hứa", 3), ("Nguyễn", 6), ("Dương", 2), ("La", 2), ("Chu", 2), ("Mông", 1),
];
pub(super) const NUNG: Words = &[
    ("Nông", 9), ("Hoàng", 8), ("Lương", 4), ("Vi", 4), ("Lý", 3), ("Triệu", 2), ("Hứa", 3), ("Lục", 2), ("Mã", 1),
    ("Phan", 1), ("Dương", 2), ("Lộc", 1), ("Nguyễn", 2),
];
pub(super) const THAI: Words = &[
    ("Lò", 14), ("Cà", 6), ("Quàng", 7), ("Vì", 6), ("Tòng", 5), ("Lường", 6), ("Cầm", 4), ("Hà", 5), ("Lộc", 1),
    ("Lô", 3), ("Vi", 5), ("Lương", 4), ("Hoàng", 3), ("Bạc", 1), ("Mè", 2), ("Điêu", 1), ("Ngần", 1),
];
pub(super) const MUONG: Words = &[
    ("Bùi", 16), ("Đinh", 6), ("Quách", 5), ("Bạch", 3), ("Hà", 5), ("Nguyễn", 5), ("Phạm", 5), ("Trương", 3), ("Cao", 2),
    ("Xa", 1),
];
pub(super) const MONG: Words = &[
    ("Giàng", 11), ("Vàng", 10), ("Sùng", 8), ("Thào", 9), ("Mùa", 6), ("Lý", 6), ("Hạng", 6), ("Vừ", 6), ("Cứ", 3),
    ("Lầu", 5), ("Hờ", 3), ("Ly", 4), ("Sồng", 3), ("Tráng", 3), ("Má", 3), ("Cháng", 2), ("Lù", 2), ("Phàng", 2),
];
pub(super) const DAO: Words = &[
    ("Triệu", 9), ("Bàn", 9), ("Đặng", 8), ("Lý", 6), ("Phàn", 6), ("Chảo", 6), ("Tẩn", 5), ("Phùng", 4), ("Dương", 3),
    ("Lò", 2),
];
pub(super) const GIA_RAI: Words = &[
    ("Rơ Châm", 8), ("Ksor", 8), ("Siu", 8), ("Rmah", 6), ("Nay", 6), ("Kpă", 6), ("Rah Lan", 5), ("Kpuih", 4),
    ("Rơ Mah", 5), ("Puih", 4), ("Hlong", 1),
];
pub(super) const E_DE: Words = &[
    ("Niê", 12), ("Êban", 7), ("Mlô", 6), ("Byă", 5), ("Ayŭn", 5), ("Êñuôl", 4), ("Kbuôr", 4), ("Ktla", 2), ("Adrơng", 2),
    ("Hwing", 2), ("Knul", 3), ("Niê Kđăm", 4), ("Buôn Yă", 2), ("Ênuôl", 2),
];
pub(super) const BA_NA: Words = &[("Đinh", 14), ("Siu", 2), ("Rơ Châm", 2), ("Blin", 1), ("Hồ", 1)];
pub(super) const KHMER: Words = &[
    ("Thạch", 10), ("Danh", 7), ("Sơn", 6), ("Kim", 6), ("Lâm", 5), ("Lý", 4), ("Trần", 3), ("Châu", 3), ("Kiên", 3),
    ("Chau", 4), ("Liêu", 1), ("Tăng", 1),
];
pub(super) const HOA: Words = &[
    ("Trần", 8), ("Lý", 6), ("Huỳnh", 5), ("Quách", 4), ("Lâm", 6), ("Vương", 3), ("Châu", 3), ("Tăng", 3), ("Lưu", 3),
    ("Lương", 4), ("La", 2), ("Mã", 2), ("Phùng", 2), ("Dư", 1), ("Đặng", 2),
];
pub(super) const CHAM: Words = &[
    ("Đàng", 6), ("Thành", 4), ("Bá", 4), ("Quảng", 3), ("Lưu", 3), ("Châu", 3), ("Kiều", 3), ("Đạo", 2), ("Hán", 3),
    ("Báo", 2), ("Thiên", 2), ("Qua", 1), ("Mohamed", 1), ("Phú", 2),
];

pub(super) const VALLEY_MIDDLE: Words = &[("Văn", 14), ("Đức", 1), ("Minh", 1), ("Quang", 1), ("Hữu", 1), ("Ngọc", 1)];
pub(super) const VALLEY_WOMEN: Words = &[
    ("Hương", 5), ("Thảo", 5), ("Huyền", 4), ("Hoa", 4), ("Lan", 4), ("Duyên", 4), ("Nga", 3), ("Hiền", 3), ("Yến", 3),
    ("Thủy", 3), ("Lả", 2), ("Ỏm", 1), ("Pản", 1), ("Mai", 3), ("Trang", 4), ("Linh", 4), ("Ngân", 2), ("Vân", 2),
    ("Nhung", 3), ("Bích", 1), ("Kim", 2), ("Hồng", 2), ("Inh", 1), ("Dung", 2), ("Phượng", 2), ("Điệp", 1),
];
pub(super) const VALLEY_MEN: Words = &[
    ("Hùng", 4), ("Dũng", 4), ("Tuấn", 4), ("Cường", 3), ("Thắng", 3), ("Sơn", 4), ("Hải", 3), ("Nam", 3), ("Quân", 3),
    ("Toàn", 2), ("Thành", 3), ("Chính", 2), ("Pâng", 1), ("Pỏm", 1), ("Inh", 1), ("Long", 3), ("Đức", 2), ("Hiếu", 3),
    ("Huy", 3), ("Khánh", 2), ("Thuận", 2), ("Quyết", 2), ("Hoan", 1), ("Lâm", 2), ("Bảo", 3), ("Phong", 3),
];
pub(super) const MONG_WOMEN: Words = &[
    ("Mỷ", 6), ("Dở", 4), ("Sua", 5), ("Mai", 5), ("Dợ", 4), ("Chư", 3), ("Say", 4), ("Pàng", 3), ("Mo", 3), ("Xua", 3),
    ("Chá", 2), ("Máy", 3), ("Dính", 2), ("Cở", 3), ("Súa", 4), ("Bầu", 2), ("Gầu", 2), ("Nhìa", 2), ("Hoa", 3), ("Già", 3),
];
pub(super) const MONG_MEN: Words = &[
    ("Páo", 4), ("Chứ", 4), ("Sình", 4), ("Dơ", 3), ("Tủa", 4), ("Lử", 4), ("Chu", 4), ("Sáu", 2), ("Dế", 3), ("Nhà", 3),
    ("Vàng", 3), ("Của", 3), ("Thào", 2), ("Sử", 3), ("Pó", 3), ("Hồng", 3), ("Dính", 3), ("Chống", 2), ("Khua", 2),
    ("Minh", 2), ("Phừ", 2), ("Sinh", 3), ("Lềnh", 2),
];
pub(super) const DAO_MIDDLE: Words = &[("Văn", 3), ("Tòn", 2), ("Kim", 1), ("Láo", 2), ("Phụ", 1), ("Tiến", 2)];
pub(super) const DAO_WOMEN: Words = &[
    ("Mẩy", 6), ("Pham", 3), ("Nhậy", 2), ("Liều", 2), ("Chiêu", 2), ("Mụi", 4), ("Khé", 2), ("Nái", 3), ("Hương", 3),
    ("Lan", 3), ("Ghển", 1), ("Lai", 2), ("Coi", 1), ("Sính", 1),
];
pub(super) const DAO_MEN: Words = &[
    ("Sành", 4), ("Phú", 4), ("Quý", 3), ("Lở", 2), ("Chẳn", 3), ("Sinh", 3), ("Vạng", 2), ("Phin", 2), ("Thanh", 3),
    ("Lụa", 1), ("Dũng", 3), ("Mình", 2), ("Tài", 3), ("Pu", 2), ("San", 3),
];
pub(super) const HIGHLAND_WOMEN: Words = &[
    ("H'Hen", 4), ("H'Bia", 4), ("H'Ngan", 3), ("H'Lan", 4), ("H'Mai", 3), ("H'Nhi", 4), ("H'Rơi", 3), ("H'Yên", 3),
    ("H'Duyên", 3), ("H'Trang", 3), ("H'Loan", 3), ("H'Nga", 3), ("H'Jê", 2), ("H'Wen", 2), ("H'Blum", 1), ("H'Thảo", 3),
    ("H'Linh", 3), ("H'Kim", 2), ("H'Uyên", 2), ("H'Dim", 2),
];
pub(super) const HIGHLAND_MEN: Words = &[
    ("Thanh", 3), ("Hùng", 3), ("Y Thiên", 2), ("Nhan", 2), ("Bơm", 1), ("Tuấn", 2), ("Khuyên", 2), ("Blơih", 1),
    ("Hlú", 1), ("Nguyên", 2), ("Y Phong", 2), ("Djố", 1), ("Tâm", 2), ("Huy", 2), ("Bảo", 2), ("Lâm", 2), ("Phyui", 1),
];
pub(super) const E_DE_MEN: Words = &[
    ("Blô", 3), ("Thuận", 3), ("Khang", 2), ("Wen", 2), ("Ngọc", 2), ("Bhiôt", 1), ("Dhăm", 2), ("Jut", 2), ("Minh", 3),
    ("Quốc", 2), ("Tuấn", 3), ("Bảo", 3), ("Phong", 3), ("Nguyên", 3), ("Suôt", 1), ("Hoàng", 2), ("Huy", 3), ("Sim", 1),
];
pub(super) const BA_NA_GIVEN: Words = &[
    ("Nhưi", 2), ("Blưk", 1), ("Hyưh", 1), ("Byưnh", 2), ("Thoai", 2), ("Nga", 2), ("Kră", 1), ("Phương", 2), ("Hmưn", 1),
    ("Yuh", 1), ("Thị Hà", 2), ("Văn Thanh", 2), ("Luyn", 2), ("Nhung", 2), ("Duy", 2), ("Tuyết", 2), ("Chưng", 1),
];
pub(super) const KHMER_WOMEN: Words = &[
    ("Sa Ry", 3), ("Sô Phia", 3), ("Chanh Đa", 3), ("Sa Rây", 3), ("Phượng", 3), ("Đa Ny", 2), ("Thu Thảo", 3),
    ("Sô Ri Da", 1), ("Linh Đa", 2), ("Ngọc Hân", 3), ("Sa Thi", 2), ("Mỹ Linh", 3), ("Sà Quênh", 1), ("Hồng", 2),
    ("Srây Mao", 1), ("Bích Trâm", 2), ("Sóc Kha", 1), ("Kim Ngân", 3),
];
pub(super) const KHMER_MEN: Words = &[
    ("Sóc Thi", 2), ("Sa Mết", 2), ("Thanh Tùng", 2), ("Sô Vanh Na", 1), ("Đa Ra", 3), ("Rít Thi", 2), ("Hoàng Phúc", 3),
    ("Sà Rương", 1), ("Minh Tâm", 2), ("Chanh Thi", 2), ("Vi Sal", 2), ("Ra Sinh", 1), ("Phi Rum", 2), ("Quốc Bảo", 3),
    ("Đô Ra", 2), ("Na Rích", 1), ("Hiếu", 2), ("Kiệt", 2),
];
pub(super) const HOA_MIDDLE: Words = &[("Chí", 3), ("Vĩnh", 2), ("Gia", 3), ("Quốc", 2), ("Kiến", 2), ("Bội", 1), ("Tuấn", 2)];
pub(super) const HOA_WOMEN: Words = &[
    ("Linh", 4), ("Phụng", 3), ("Dung", 2), ("Nghi", 3), ("Kim", 2), ("Hân", 3), ("Anh", 3), ("Yến", 2), ("San", 2),
    ("Phương", 3), ("Bình", 1), ("Vân", 2),
];
pub(super) const HOA_MEN: Words = &[
    ("Cường", 3), ("Minh", 4), ("Hào", 3), ("Hưng", 3), ("Hòa", 2), ("Vinh", 3), ("Kiệt", 3), ("Quyền", 2), ("Phát", 3),
    ("Luân", 2), ("Bửu", 1), ("Huy", 3),
];
pub(super) const CHAM_WOMEN: Words = &[
    ("Mộng Tuyền", 2), ("Kim Thủy", 2), ("Hồng", 2), ("Thu Sương", 2), ("Ngọc Trâm", 3), ("Phước", 1), ("Sa Ni Dah", 1),
    ("Mỹ Dung", 2), ("Ka Ti Gia", 1), ("Thanh Thảo", 3), ("Diễm", 2), ("Xuân", 1),
];
pub(super) const CHAM_MEN: Words = &[
    ("Năng Lễ", 1), ("Ngọc Quân", 2), ("Minh Tài", 2), ("Thành", 2), ("Trung Tín", 2), ("Sa Lés", 1), ("Đạt", 2),
    ("Phú", 2), ("Quốc Huy", 3), ("Ka Dir", 1), ("Thanh Hải", 2), ("Hòa", 1),
];
