//! What may be wrong with a field.

use std::fmt;

use super::limits;

/// One field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The dotted path, such as `registration.child.full_name`. Items of a list are named by the path of the list.
    pub field: String,
    /// The rule it breaks.
    pub problem: Problem,
}

/// The rules a field can break: a closed list, none of them telling what the field held. `Display` is English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A field that must be given is not.
    Required,
    /// More code points than may be.
    TooLong {
        /// The most there may be.
        max: usize,
    },
    /// More items than may be.
    TooMany {
        /// The most there may be.
        max: usize,
    },
    /// A character that cannot be seen, or that nobody has defined: control, format, private use, unassigned.
    Character,
    /// Not a name: a character other than letters, marks, space, apostrophe, hyphen and dot, or no letter at all.
    Name,
    /// A value the contract does not list.
    UnknownValue,
    /// There is no such day, or it is not given in full where it must be.
    Date,
    /// Month or day of the birth is missing, and the registration is neither late nor renewed.
    DateInPart,
    /// Before the first year allowed.
    TooEarly {
        /// The first year.
        from: i16,
    },
    /// In the future.
    Future,
    /// Registered before the child was born.
    BeforeBirth,
    /// A parent who was not born before the child.
    Parent,
    /// A number outside its bounds.
    Range {
        /// The least.
        min: i32,
        /// The greatest.
        max: i32,
    },
    /// The order of a child that is greater than the number of children.
    Order,
    /// A place code the tables do not know.
    PlaceCode,
    /// Not a country code of ISO 3166-1 alpha-2.
    Country,
    /// Not a code under which births abroad are registered.
    CountryCode,
    /// A Vietnamese paper said to be of another country.
    VietnamesePaper,
    /// Not a personal number of 12 digits.
    PersonalNumber,
    /// A number of another place, sex or year of birth than the registration says.
    OtherPrefix,
    /// Not a country for which the office may reserve numbers.
    CountryOfOffice,
    /// A number that is not one of the block.
    NotOfBlock,
    /// A personal number of the child other than the one that an entry has.
    OtherNumber,
    /// A moment that is over.
    Past,
    /// A moment more than two years ahead.
    TooFarAhead,
    /// Not a UUID.
    Uuid,
    /// Not a moment of the years 1 to 9999.
    Time,
    /// A moment that is not after the one from which is asked.
    NotAfterFrom,
    /// A size of the ledger that does not reach what is to be proved in it.
    TreeTooSmall,
    /// Not an identity card number of 9 digits.
    IdentityCard,
    /// Not a passport number: capital letters and digits.
    Passport,
    /// Neither a mother, nor a father, nor a representative, and no foundling.
    NoParents,
    /// A foundling with a mother or a father.
    FoundlingWithParents,
    /// A representative with neither name nor organisation.
    Representative,
    /// An organisation in the place of a parent.
    Organisation,
    /// A ground that does not serve what is proposed.
    Ground,
    /// A corrected registration that says what the present one says.
    NothingCorrected,
    /// A resolution that does not answer what the case asks.
    Resolution,
    /// The same number twice.
    SameNumber,
    /// A record of a stream whose number is less than the one before, or that has none after one that has.
    NotAscending,
    /// Not within what was asked for.
    OutsideScope,
    /// Characters other than letters, digits and `/_.-`.
    Code,
    /// Not for this kind of request.
    NotHere,
    /// Not a field of facts, or not one that this kind of change may touch.
    FactsPath,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Required => f.write_str("must be given"),
            Problem::TooLong { max } => write!(f, "must have at most {max} characters"),
            Problem::TooMany { max } => write!(f, "must have at most {max} items"),
            Problem::Character => f.write_str("holds a character that cannot be seen or is not defined"),
            Problem::Name => f.write_str("must be letters, with spaces, apostrophes, hyphens and dots only"),
            Problem::UnknownValue => f.write_str("is not one of the known values"),
            Problem::Date => f.write_str("is not a day of the calendar, given in full"),
            Problem::DateInPart => f.write_str("must be given in full, save for late registration and re-registration"),
            Problem::TooEarly { from } => write!(f, "must not be before {from}"),
            Problem::Future => f.write_str("must not be in the future"),
            Problem::BeforeBirth => f.write_str("must not be before the birth"),
            Problem::Parent => f.write_str("must be before the birth of the child"),
            Problem::Range { min, max } => write!(f, "must be from {min} to {max}"),
            Problem::Order => f.write_str("must not be greater than the number of children born together"),
            Problem::PlaceCode => f.write_str("is not the code of a province or country of registration"),
            Problem::CountryCode => f.write_str("is not the three-digit code of a country of registration"),
            Problem::Country => f.write_str("is not a country code of ISO 3166-1 alpha-2"),
            Problem::VietnamesePaper => f.write_str("must be VN or empty for a Vietnamese paper"),
            Problem::PersonalNumber => f.write_str("is not a personal number of 12 digits"),
            Problem::OtherPrefix => f.write_str("does not begin as place, sex and year of birth call for"),
            Problem::CountryOfOffice => f.write_str("is not a country for which this office reserves numbers"),
            Problem::NotOfBlock => f.write_str("is not a number of this block"),
            Problem::OtherNumber => f.write_str("names another personal number than the entry has"),
            Problem::Past => f.write_str("must be in the future"),
            Problem::TooFarAhead => f.write_str("must be within two years"),
            Problem::Uuid => f.write_str("is not a UUID"),
            Problem::Time => f.write_str("is not a time of the years 1 to 9999"),
            Problem::TreeTooSmall => f.write_str("is less than what is to be proved for it"),
            Problem::NotAfterFrom => f.write_str("is not after the time to start from"),
            Problem::IdentityCard => f.write_str("is not an identity card number of 9 digits"),
            Problem::Passport => write!(
                f,
                "is not a passport number: {} to {} letters and digits, without spaces",
                limits::PASSPORT.start(),
                limits::PASSPORT.end()
            ),
            Problem::NoParents => {
                f.write_str("a mother, a father or a representative must be given, unless the child is a foundling")
            }
            Problem::FoundlingWithParents => f.write_str("a foundling has neither mother nor father"),
            Problem::Representative => f.write_str("a name or an organisation must be given"),
            Problem::Organisation => f.write_str("is only for a representative"),
            Problem::Ground => f.write_str("is not a ground for what is proposed"),
            Problem::NothingCorrected => {
                f.write_str("says the same as what is registered: there is nothing to correct")
            }
            Problem::Resolution => f.write_str("does not answer what the case asks"),
            Problem::SameNumber => f.write_str("must be another number"),
            Problem::NotAscending => f.write_str("is out of order: numbers ascend, and records without one come first"),
            Problem::OutsideScope => f.write_str("is not within what was asked for"),
            Problem::Code => f.write_str("must be letters, digits and / _ . - only"),
            Problem::NotHere => f.write_str("must be empty for this kind of request"),
            Problem::FactsPath => f.write_str("names a field that this kind of change cannot touch"),
        }
    }
}

impl Problem {
    /// The same in Vietnamese.
    pub fn vietnamese(&self) -> String {
        let text = match self {
            Problem::TooLong { max } => return format!("không được quá {max} ký tự"),
            Problem::TooMany { max } => return format!("không được quá {max} mục"),
            Problem::TooEarly { from } => return format!("không được trước năm {from}"),
            Problem::Range { min, max } => return format!("phải từ {min} đến {max}"),
            Problem::Passport => {
                let (min, max) = (limits::PASSPORT.start(), limits::PASSPORT.end());
                return format!("không phải là số hộ chiếu: từ {min} đến {max} chữ cái và chữ số, không có dấu cách");
            }
            Problem::Required => "phải được nhập",
            Problem::Character => "có ký tự không nhìn thấy được hoặc không xác định",
            Problem::Name => "chỉ gồm chữ cái, dấu cách, dấu nháy đơn, dấu gạch nối và dấu chấm",
            Problem::UnknownValue => "không thuộc các giá trị đã quy định",
            Problem::Date => "không phải là một ngày đầy đủ, có thật",
            Problem::DateInPart => "phải đủ ngày, tháng, năm, trừ đăng ký quá hạn và đăng ký lại",
            Problem::Future => "không được ở tương lai",
            Problem::BeforeBirth => "không được trước ngày sinh",
            Problem::Parent => "phải trước ngày sinh của trẻ",
            Problem::Order => "không được lớn hơn số trẻ của lần sinh",
            Problem::PlaceCode => "không phải là mã của một tỉnh, thành phố hoặc quốc gia nơi đăng ký",
            Problem::CountryCode => "không phải là mã ba chữ số của một quốc gia nơi đăng ký",
            Problem::Country => "không phải là mã quốc gia ISO 3166-1 gồm hai chữ cái",
            Problem::VietnamesePaper => "phải là VN hoặc để trống đối với giấy tờ của Việt Nam",
            Problem::PersonalNumber => "không phải là số định danh cá nhân gồm 12 chữ số",
            Problem::OtherPrefix => "không khớp với nơi đăng ký, giới tính và năm sinh",
            Problem::CountryOfOffice => "không phải là quốc gia mà cơ quan này được đặt trước số",
            Problem::NotOfBlock => "không thuộc dải số này",
            Problem::OtherNumber => "ghi số định danh khác với số của mục này",
            Problem::Past => "phải ở tương lai",
            Problem::TooFarAhead => "phải trong vòng hai năm",
            Problem::Uuid => "không phải là một UUID",
            Problem::Time => "không phải là thời điểm trong các năm 1 đến 9999",
            Problem::TreeTooSmall => "nhỏ hơn vị trí cần chứng minh",
            Problem::NotAfterFrom => "không sau thời điểm bắt đầu",
            Problem::IdentityCard => "không phải là số chứng minh nhân dân gồm 9 chữ số",
            Problem::NoParents => "phải có mẹ, cha hoặc người đại diện, trừ trẻ bị bỏ rơi",
            Problem::FoundlingWithParents => "trẻ bị bỏ rơi thì không khai cha, mẹ",
            Problem::Representative => "phải có họ tên hoặc tên tổ chức",
            Problem::Organisation => "chỉ dành cho người đại diện",
            Problem::Ground => "không phải là căn cứ của đề nghị này",
            Problem::NothingCorrected => "giống nội dung đã đăng ký: không có gì để cải chính",
            Problem::Resolution => "không trả lời đúng nội dung vụ việc",
            Problem::SameNumber => "phải là một số khác",
            Problem::NotAscending => "không đúng thứ tự: số phải tăng dần, bản ghi không có số đứng trước",
            Problem::OutsideScope => "không thuộc phạm vi đã yêu cầu",
            Problem::Code => "chỉ gồm chữ cái, chữ số và các ký tự / _ . -",
            Problem::NotHere => "phải để trống đối với loại yêu cầu này",
            Problem::FactsPath => "có trường mà loại thay đổi này không được sửa",
        };
        text.to_owned()
    }
}
