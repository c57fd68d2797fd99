//! The four things measured.

use std::fmt;

use clap::ValueEnum;

/// One server, called in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Cell {
    /// `IssueNumber` of the echo.
    EchoUnary,
    /// `IssueNumber` of the service.
    ServiceUnary,
    /// `IssueNumbers` of the echo.
    EchoStream,
    /// `IssueNumbers` of the service.
    ServiceStream,
}

impl Cell {
    /// All of them, in the order in which a round takes them: the echo right before the service it is compared with.
    pub const ALL: [Cell; 4] = [
        Cell::EchoUnary,
        Cell::ServiceUnary,
        Cell::EchoStream,
        Cell::ServiceStream,
    ];

    /// Whether the echo is called, not the service.
    pub fn is_echo(self) -> bool {
        matches!(self, Cell::EchoUnary | Cell::EchoStream)
    }

    /// Whether it is called by streams.
    pub fn is_stream(self) -> bool {
        matches!(self, Cell::EchoStream | Cell::ServiceStream)
    }

    /// Its name, as it is given to `--only`.
    pub fn name(self) -> &'static str {
        match self {
            Cell::EchoUnary => "echo-unary",
            Cell::ServiceUnary => "service-unary",
            Cell::EchoStream => "echo-stream",
            Cell::ServiceStream => "service-stream",
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
