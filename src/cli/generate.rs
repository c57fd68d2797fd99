//! `dinhdanh generate`.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::tz::Offset;

use super::CliError;
use super::generate_extract::GenerateExtract;
use super::generate_ghz::{self, Calls};
use super::generate_register::GenerateRegister;
use crate::client::csv::{COLUMNS, EXPECTED, to_record};
use crate::generate::{BIRTHS_PER_YEAR, Births, Mix, Plan};
use crate::shell::Clock;

/// Make synthetic data: invented people, for trying things out and for load tests.
#[derive(Debug, Args)]
pub struct Generate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Births(GenerateBirths),
    Register(GenerateRegister),
    Extract(GenerateExtract),
}

/// Make synthetic births as a CSV file that `dinhdanh issue` reads, or as messages for the load generator ghz.
///
/// Nobody in it exists. The same seed gives the same births, as long as --today, --provinces and --mix are the same
/// too. The last column, `expected`, says what should become of each row when a client sends it; `dinhdanh issue`
/// ignores it. Rows that send a registration again, or use it with other content, come on top of the count.
///
/// Example: dinhdanh generate births --count 2000 --seed 1 --mix quickstart --out births.csv
#[derive(Debug, Args)]
struct GenerateBirths {
    /// How many children.
    #[arg(long)]
    count: u64,
    /// Which births of all there could be.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What to mix in.
    #[arg(long, value_enum, default_value_t = MixName::Quickstart)]
    mix: MixName,
    /// The file to write, which must not be there yet; - for standard output.
    #[arg(long, default_value = "-")]
    out: PathBuf,
    /// How many provinces, the first by code. Fewer have fewer births a day, so that the same count spans more time.
    #[arg(long, default_value = "34")]
    provinces: usize,
    /// The day on which the last births are registered, as YYYY-MM-DD. [default: today in Viet Nam]
    #[arg(long)]
    today: Option<Date>,
    /// The form of the file.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A row for each registration, for `dinhdanh issue`.
    Csv,
    /// Messages for unary calls by the load generator ghz, from a thousand offices in turn: see load-tests/README.md.
    Ghz,
    /// Messages for one stream by ghz, of one office.
    GhzStream,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MixName {
    /// Every sort of birth often enough to see it among 2,000.
    Quickstart,
    /// A hard day: 30 % sent again, 5 % with other content, 2 % twins.
    Campaign,
    /// Ordinary births only.
    Plain,
}

impl MixName {
    fn mix(self) -> Mix {
        match self {
            MixName::Quickstart => Mix::quickstart(),
            MixName::Campaign => Mix::campaign(),
            MixName::Plain => Mix::plain(),
        }
    }
}

impl Generate {
    /// Makes what was asked for.
    ///
    /// # Errors
    /// If the plan cannot be followed or the file cannot be written.
    pub fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        match self.what {
            What::Births(births) => births.run(clock),
            What::Register(register) => register.run(),
            What::Extract(extract) => extract.run(),
        }
    }
}

impl GenerateBirths {
    fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        let plan = Plan {
            count: self.count,
            seed: self.seed,
            mix: self.mix.mix(),
            today: self.today.unwrap_or_else(|| today(clock)),
            provinces: self.provinces,
            births_per_year: BIRTHS_PER_YEAR,
        };
        eprintln!("These births are synthetic: nobody in them exists. Seed {}.", self.seed);
        self.check_format()?;
        let births = Births::new(plan).map_err(CliError::of)?;
        let written = if self.out == Path::new("-") {
            self.write(births, io::stdout().lock())
        } else {
            File::create_new(&self.out).and_then(|file| self.write(births, file))
        };
        match written {
            Ok(rows) => eprintln!("{} children in {rows} rows.", self.count),
            // A reader who has seen enough, such as `head`, is no failure.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => return Err(self.cannot_write(&error)),
        }
        Ok(())
    }

    /// ghz calls in any order and wraps round, so only births that stand for themselves and fill the offices will do.
    fn check_format(&self) -> Result<(), CliError> {
        if self.format != Format::Csv && !matches!(self.mix, MixName::Plain) {
            return Err(CliError::new("--format ghz goes with --mix plain"));
        }
        if self.format == Format::Ghz && !self.count.is_multiple_of(generate_ghz::OFFICES) {
            return Err(CliError::new(
                "--format ghz: --count must be a multiple of 1,000, one birth for each office",
            ));
        }
        Ok(())
    }

    fn write(&self, births: Births, file: impl Write) -> io::Result<u64> {
        match self.format {
            Format::Csv => write(births, file),
            Format::Ghz => generate_ghz::write(births, Calls::Unary, self.seed, file),
            Format::GhzStream => generate_ghz::write(births, Calls::Stream, self.seed, file),
        }
    }

    fn cannot_write(&self, error: &io::Error) -> CliError {
        let file = self.out.display();
        match error.kind() {
            ErrorKind::AlreadyExists => CliError::new(format!("{file} is there already: name another file")),
            _ => CliError::new(format!("cannot write {file}: {error}")),
        }
    }
}

/// The day in Viet Nam.
pub(super) fn today(clock: &dyn Clock) -> Date {
    Offset::constant(7).to_datetime(clock.now()).date()
}

/// Writes all births, and tells how many rows there were.
fn write(births: Births, file: impl Write) -> io::Result<u64> {
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    let header = COLUMNS.into_iter().chain([EXPECTED]);
    writer.write_record(header).map_err(io_error)?;
    let mut rows = 0;
    for item in births {
        if let Some(registration) = &item.request.registration {
            let mut record = to_record(registration, item.role);
            record.push(item.expected.name().to_owned());
            writer.write_record(&record).map_err(io_error)?;
            rows += 1;
        }
    }
    writer.flush()?;
    Ok(rows)
}

/// A file to write, which must not be there yet.
pub(super) fn create(path: &Path) -> Result<BufWriter<File>, CliError> {
    let file = File::create_new(path).map_err(|error| CliError::new(format!("{}: {error}", path.display())))?;
    Ok(BufWriter::new(file))
}

/// The failure of the file beneath, of which the writer's own conversion would hide the kind.
pub(super) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other("a row does not fit the header"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::client::csv::Rows;

    /// A pipe whose other end was closed.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_known_as_one() {
        let error = write(Births::new(plan(300)).unwrap(), Closed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }

    fn plan(count: u64) -> Plan {
        Plan {
            count,
            seed: 7,
            mix: Mix::quickstart(),
            today: Date::constant(2026, 11, 23),
            provinces: 34,
            births_per_year: BIRTHS_PER_YEAR,
        }
    }

    #[test]
    fn the_written_file_is_read_back_registration_by_registration() {
        let plan = plan(300);
        let mut file = Vec::new();
        let rows = write(Births::new(plan).unwrap(), &mut file).unwrap();
        let read: Vec<_> = Rows::new(file.as_slice()).unwrap().map(Result::unwrap).collect();

        assert_eq!(u64::try_from(read.len()).unwrap(), rows);
        for (item, row) in Births::new(plan).unwrap().zip(read) {
            assert_eq!(item.request.registration.as_ref(), Some(&row.registration));
            assert_eq!((item.office, item.role), (row.office, row.role));
        }
    }
}
