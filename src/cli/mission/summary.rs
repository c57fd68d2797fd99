//! What came of a sync, in words.

use super::super::CliError;
use crate::client::run::End;
use crate::mission::{Item, ItemState, Synced};

/// How many numbers stand where, a line each.
pub fn counts(items: &[Item]) -> String {
    let shown = ItemState::ALL.into_iter().filter(|state| *state != ItemState::Purged);
    let lines = shown.map(|state| {
        let count = items.iter().filter(|item| item.state == state).count();
        format!("{:<14}{count:>8}\n", state.name())
    });
    lines.collect()
}

/// What came of it.
pub fn text(synced: &Synced, items: &[Item]) -> String {
    let mut text = counts(items);
    text += &format!(
        "\nanswers {}, blocks reserved {}, blocks closed {}, old numbers wiped {}\n",
        synced.answered, synced.reserved, synced.closed, synced.purged
    );
    for item in items.iter().filter(|item| item.state == ItemState::Refused) {
        let reference = item.content.message().r#ref.clone().unwrap_or_default();
        let told = item.told.clone().unwrap_or_default();
        let (entry, reason, fields) = (reference.entry_number, told.reason, told.fields.join(", "));
        text += format!("refused, entry {entry}: {reason} {fields}").trim_end();
        text += "\n";
    }
    text
}

/// What is left to do, as an error; nothing if everything was answered.
pub fn verdict(synced: &Synced, items: &[Item], give_up_after: u32) -> Result<(), CliError> {
    let mut told = Vec::new();
    match &synced.end {
        End::Finished => {}
        End::Stopped => told.push("The run was stopped.".to_owned()),
        End::Silent(trouble) => told.push(format!(
            "The service has not answered for {give_up_after} s ({trouble}): run `dinhdanh mission sync` again, and it goes on \
             where it was."
        )),
        End::NotAccepted(trouble) => told.push(format!(
            "The service does not take these calls ({trouble}). {}",
            trouble.advice
        )),
    }
    for (prefix, trouble) in &synced.refused {
        told.push(format!(
            "The block of {prefix} was not reserved: {trouble} {}. {}",
            trouble.fields.join(", "),
            trouble.advice
        ));
    }
    for block in &synced.doubted {
        told.push(format!(
            "Block {block}: the service knows numbers of it that this journal has not handed out, so an old copy of the \
             journal was put back. Nothing more is handed out of it; close it, and reserve another."
        ));
    }
    for block in &synced.unsettled {
        told.push(format!(
            "Block {block} is not closed yet: numbers of it are not settled."
        ));
    }
    if items.iter().any(|item| item.state == ItemState::Refused) {
        told.push(
            "Some numbers were refused. Where fields are named, correct the rows and register them again with --correct; where the \
             number is named (WRONG_STATE) or the block is closed, give the entries up (`dinhdanh mission give-up`), register them \
             anew, from another block if need be, and print their papers again."
                .to_owned(),
        );
    }
    match told.is_empty() {
        true => Ok(()),
        false => Err(CliError::new(told.join("\n"))),
    }
}
