//! The reference model: a store in memory that knows only what turns have written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use crate::ledger::{
    Context, Draft, Entry, Frontier, Head, KeyRing, Moment, Position, Recovered, RequestKey, SCHEMA_VERSION,
};
use crate::number::{Prefix, Slot, free_counters};
use crate::proto::v1 as pb;
use crate::protocol::{
    Attachment, BlockRow, CROWD, CaseCause, CaseKind, CaseRow, CaseState, Changes, Command, Decided, Find, Found,
    Issue, Known, Loaded, NumberRow, NumberState, PrefixRow, Rare, Reply, Rules, Says, Setting, Standing, Told, Wanted,
    World, indexed_as_of, issue_digest, keys_held, wanted,
};
use crate::refusal::Refusal;
use crate::registration::{Content, HandedText, Key, check, keys};

impl Told {
    /// The answer to a birth.
    pub(super) fn birth(self) -> Reply {
        match self {
            Told::Birth(reply) => reply,
            Told::Act(_) | Told::Import(_) => panic!("not a birth"),
        }
    }
}

/// What one turn came to.
pub(super) struct Turned {
    pub replies: Vec<Result<Reply, Refusal>>,
    pub changes: Option<Changes>,
}

/// The store: the tables of a real one, as maps.
#[derive(Clone)]
pub(super) struct Memory {
    pub ring: Arc<KeyRing>,
    pub rules: Rules,
    pub moment: Moment,
    pub head: Head,
    pub entries: Vec<Entry>,
    pub requests: HashMap<RequestKey, Position>,
    pub strict: BTreeMap<Key, Position>,
    pub blocking: BTreeMap<Key, Vec<Position>>,
    pub numbers: BTreeMap<Slot, NumberRow>,
    pub prefixes: BTreeMap<Prefix, PrefixRow>,
    pub cases: HashMap<Uuid, CaseRow>,
    pub history: Vec<(Position, NumberRow)>,
    pub attachments: BTreeMap<Position, Attachment>,
    pub parties: Vec<(String, Position)>,
    pub blocks: BTreeMap<RequestKey, BlockRow>,
    /// Commands made so far: every one has its own salt, nonce and case id.
    pub(super) made: u8,
}

impl Memory {
    pub fn new() -> Self {
        Self::under(Arc::new(KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()))
    }

    /// An empty store under these keys.
    pub fn under(ring: Arc<KeyRing>) -> Self {
        let head = Head {
            frontier: Frontier::default(),
            epoch: 1,
            schema: SCHEMA_VERSION,
            keys: ring.ids,
            at: 0,
            drawn: 0,
            recovered: Recovered::default(),
            resealing: None,
            reindexing: None,
            notes: None,
        };
        Self {
            ring,
            rules: Rules::default(),
            moment: at("2026-11-24T03:00:00Z"),
            head,
            entries: Vec::new(),
            requests: HashMap::new(),
            strict: BTreeMap::new(),
            blocking: BTreeMap::new(),
            numbers: BTreeMap::new(),
            prefixes: BTreeMap::new(),
            cases: HashMap::new(),
            history: Vec::new(),
            attachments: BTreeMap::new(),
            parties: Vec::new(),
            blocks: BTreeMap::new(),
            made: 0,
        }
    }

    /// The command to issue, by the office that keeps the book.
    pub fn issue(&mut self, id: u128, birth: &pb::BirthRegistration) -> Command {
        let office = birth.r#ref.as_ref().map_or("", |r#ref| &r#ref.office_code);
        self.issue_from(office, id, birth)
    }

    pub fn issue_from(&mut self, office: &str, id: u128, birth: &pb::BirthRegistration) -> Command {
        self.issue_content(office, id, Content::of(birth))
    }

    /// The command to issue, or to settle the number that was handed out.
    pub fn issue_content(&mut self, office: &str, id: u128, content: Content) -> Command {
        self.made += 1;
        let facts = check(&content, self.rules.codes, self.moment.day).expect("a birth in order");
        let request = RequestKey {
            id: Uuid::from_u128(id),
            office: office.to_owned(),
        };
        let index = self.ring.index.current();
        let digest = issue_digest(&index, &content);
        let randomness = ([self.made; 32], [self.made; 12]);
        let draft = Draft::seal(
            &self.ring,
            request,
            Context::default(),
            digest,
            &content.encode(),
            randomness,
        )
        .unwrap();
        let keys = keys(&facts, &index, self.rules.codes);
        let case_id = Uuid::from_u128(0xca5e_0000 + u128::from(self.made));
        Command::Issue(Box::new(Issue {
            draft,
            handed: content.handed().and_then(HandedText::checked),
            told: None,
            content: Arc::new(content),
            facts: Arc::new(facts),
            index: index.id(),
            keys,
            as_sent: [0; 16],
            case_id,
        }))
    }

    pub fn find_reference(&self, birth: &pb::BirthRegistration) -> Command {
        let facts = check(&Content::of(birth), self.rules.codes, self.moment.day).unwrap();
        Command::Find(Find::Reference(facts.reference))
    }

    /// One command in a turn of its own.
    pub fn tell(&mut self, id: u128, birth: &pb::BirthRegistration) -> Result<Reply, Refusal> {
        let command = self.issue(id, birth);
        self.turn(&[command]).replies.remove(0)
    }

    /// One turn of births, and everything it wrote kept.
    pub fn turn(&mut self, commands: &[Command]) -> Turned {
        let (told, changes) = self.carry_out(commands);
        let replies = told.into_iter().map(|told| told.map(Told::birth)).collect();
        Turned { replies, changes }
    }

    /// One turn of any commands.
    pub fn carry_out(&mut self, commands: &[Command]) -> (Vec<Result<Told, Refusal>>, Option<Changes>) {
        let (replies, changes) = self.decide(commands);
        if let Some(changes) = &changes {
            self.keep(changes).expect("nothing that a constraint forbids");
            self.tells_every_key(changes);
        }
        (replies, changes)
    }

    /// Every key that a turn wrote is told by the decision that holds it: from that it can be made with another index key.
    fn tells_every_key(&self, changes: &Changes) {
        let cases = self.shared_numbers();
        let keys = changes.strict.iter().chain(&changes.moved).chain(&changes.blocking);
        for (key, position) in keys {
            let told = self
                .ring
                .index
                .all()
                .into_iter()
                .any(|index| keys_held(&self.decided(*position), &cases, &index, self.rules.codes).contains(key));
            assert!(told, "a key held by position {position} is none of its keys");
        }
    }

    /// The cases that may have told two persons apart with one number.
    pub fn shared_numbers(&self) -> Vec<Uuid> {
        let shared = self.cases.values().filter(|case| case.kind == CaseKind::SharedNumber);
        shared.map(|case| case.case_id).collect()
    }

    /// What one turn of any commands comes to, and all that it would write.
    pub fn decide(&self, commands: &[Command]) -> (Vec<Result<Told, Refusal>>, Option<Changes>) {
        let held = |key| self.ring.index.get(key).expect("a key at hand");
        let index = held(self.head.keys.index);
        let twin = self.head.index_to_write().map(|(key, _)| held(key));
        let commands = &*indexed_as_of(commands, &index, self.rules.codes);
        let wanted = wanted(commands, &index);
        let found = self.find(&wanted);
        let mut positions: Vec<_> = found.requests.values().chain(found.strict.values()).copied().collect();
        positions.extend(found.blocking.values().flat_map(|holders| holders.iter().take(CROWD)));
        positions.sort_unstable();
        positions.dedup();
        let decided = positions.into_iter().map(|position| self.decided(position)).collect();
        let setting = Setting {
            ring: &self.ring,
            index: &index,
            twin: twin.as_deref(),
            rules: &self.rules,
            moment: self.moment,
        };
        let mut world = World::new(self.head.clone(), setting, found, decided);
        self.complete(&mut world, commands);
        let replies = commands.iter().map(|command| world.carry_out(command)).collect();
        (replies, world.into_changes().expect("a twin for every row"))
    }

    /// A decision, opened from its sealed content: nothing else of the facts is kept.
    pub fn decided(&self, position: Position) -> Decided {
        let entry = self.entries[position as usize - 1].clone();
        let (_, content) = self.ring.seal.open(&entry.request.binding(), &entry.sealed).unwrap();
        let says = Says::read(entry.kind, &content).unwrap();
        let attachment = self.attachments.get(&position);
        let slot = attachment.map(|attachment| attachment.slot);
        let slot = slot.or(entry.number.map(|(slot, _)| slot));
        let number = slot.map(|slot| self.numbers[&slot].clone());
        let case = entry.case_id.map(|id| self.cases[&id].clone());
        let former = attachment.and_then(|attachment| attachment.former);
        Decided {
            known: Known {
                entry,
                number,
                case,
                former,
            },
            says,
        }
    }

    /// Loads what the world lacks, until it lacks nothing.
    fn complete(&self, world: &mut World<'_>, commands: &[Command]) {
        loop {
            let missing = world.missing(commands);
            if missing.is_empty() {
                return;
            }
            let found = self.find(&missing.wanted);
            let mut positions = missing.needs.positions.clone();
            positions.extend(found.strict.values());
            positions.extend(found.blocking.values().flat_map(|holders| holders.iter().take(CROWD)));
            positions.sort_unstable();
            positions.dedup();
            world.add_found(found);
            let needs = &missing.needs;
            let slots = needs.slots.iter();
            let of_slots = |attachment: &&Attachment| needs.slots.contains(&attachment.slot);
            let open = self.cases.values().filter(|case| case.state == CaseState::Open);
            world.add_loaded(Loaded {
                known: Vec::new(),
                numbers: slots.filter_map(|slot| self.numbers.get(slot).cloned()).collect(),
                attached: self.attachments.values().filter(of_slots).copied().collect(),
                cases: needs
                    .cases
                    .iter()
                    .filter_map(|id| self.cases.get(id).cloned())
                    .collect(),
                against: open
                    .flat_map(|case| case.matches.iter().map(|position| (*position, case.case_id)))
                    .filter(|(position, _)| needs.against.contains(position))
                    .collect(),
                blocks: self
                    .blocks
                    .values()
                    .filter(|block| {
                        let of_office = block.closed.is_none() && needs.offices.contains(&block.request.office);
                        of_office || needs.blocks.contains(&block.request)
                    })
                    .cloned()
                    .collect(),
                whole: self
                    .numbers
                    .values()
                    .filter(|number| needs.whole.contains(&number.decision))
                    .cloned()
                    .collect(),
                versions: self
                    .history
                    .iter()
                    .filter(|(_, row)| needs.versions.contains(&row.slot))
                    .map(|(_, row)| (row.slot, row.facts))
                    .collect(),
            });
            world.add_decided(positions.into_iter().map(|position| self.decided(position)).collect());
        }
    }

    fn find(&self, wanted: &Wanted) -> Found {
        let pick = |keys: &[Key]| {
            keys.iter()
                .filter_map(|key| Some((*key, *self.strict.get(key)?)))
                .collect()
        };
        let prefix = |(prefix, want): &(Prefix, usize)| {
            let unused = PrefixRow {
                next: self.head.recovered.first_counter(prefix.birth_year()),
                held: 0,
                picker: self.head.keys.picker,
                free: Vec::new(),
            };
            let mut row = self.prefixes.get(prefix).cloned().unwrap_or(unused);
            let taken = self
                .numbers
                .keys()
                .filter(|slot| slot.prefix() == *prefix)
                .map(|slot| slot.counter());
            row.free = free_counters(row.next, taken, *want);
            (*prefix, row)
        };
        let requests = wanted.requests.iter();
        let blocking = wanted.blocking.iter();
        Found {
            requests: requests
                .filter_map(|key| Some((key.clone(), *self.requests.get(key)?)))
                .collect(),
            strict: pick(&wanted.strict),
            blocking: blocking
                .filter_map(|key| Some((*key, self.blocking.get(key)?.clone())))
                .collect(),
            prefixes: wanted.prefixes.iter().map(prefix).collect(),
        }
    }

    /// Keeps what a turn wrote, as strictly as the constraints of a real store; or tells the first that is broken.
    pub fn keep(&mut self, changes: &Changes) -> Result<(), &'static str> {
        for entry in &changes.entries {
            let dense = entry.position == self.entries.len() as i64 + 1;
            ensure(dense, "positions are dense")?;
            self.head.frontier.push(entry.leaf);
            let before = self.requests.insert(entry.request.clone(), entry.decision);
            ensure(before.is_none(), "a request id is decided once")?;
            self.entries.push(entry.clone());
        }
        let whole = self.head.frontier == changes.head.frontier;
        ensure(whole, "the head holds every entry")?;
        self.head = changes.head.clone();
        for number in &changes.numbers {
            let given = self.numbers.values().any(|known| known.number == number.number);
            ensure(!given, "a number is given once")?;
            let taken = self.numbers.insert(number.slot, number.clone());
            ensure(taken.is_none(), "a slot is taken once")?;
        }
        for (prefix, row) in &changes.prefixes {
            let (prefix, free) = (*prefix, Vec::new());
            self.prefixes.insert(prefix, PrefixRow { free, ..row.clone() });
        }
        for (key, position) in &changes.strict {
            let before = self.strict.insert(*key, *position);
            ensure(before.is_none(), "a strict key is held once")?;
        }
        for (key, position) in &changes.moved {
            let before = self.strict.insert(*key, *position);
            // The twin of one that is held may not have been added yet.
            let held = before.is_some() || self.head.index_to_write().is_some();
            ensure(held, "only a key that is held can move")?;
        }
        for (key, position) in &changes.blocking {
            self.blocking.entry(*key).or_default().push(*position);
        }
        for case in &changes.cases {
            let before = self.cases.insert(case.case_id, case.clone());
            ensure(before.is_none(), "a case is opened once")?;
        }
        self.keep_rare(&changes.rare)
    }

    fn keep_rare(&mut self, rare: &Rare) -> Result<(), &'static str> {
        for number in &rare.numbers {
            let before = self.numbers.insert(number.slot, number.clone());
            let before = before.ok_or("only a number that is known changes")?.state;
            let stays = before != NumberState::Revoked || number.state == NumberState::Revoked;
            ensure(stays, "a revoked number stays so")?;
            let reserved = before == NumberState::Reserved || number.state != NumberState::Reserved;
            ensure(reserved, "a number is reserved only before it is given")?;
        }
        for case in &rare.cases {
            let before = self.cases.insert(case.case_id, case.clone());
            let before = before.ok_or("only a case that is known changes")?;
            ensure(before.state == CaseState::Open, "a case is closed once")?;
            ensure(case.version == before.version + 1, "every change of a case is counted")?;
            let other = case.decided_side != Some(case.proposed_side);
            ensure(other, "the other side decides")?;
            let by_nobody = case.decided_side.is_none() && case.state == CaseState::Approved;
            ensure(!by_nobody || case.may_close_by_itself(), "somebody decides")?;
        }
        let open = self
            .cases
            .values()
            .filter(|case| case.state == CaseState::Open && !case.cause.is_of_a_comparison());
        let mut about: Vec<_> = open.filter_map(|case| case.slot).collect();
        about.sort_unstable();
        let distinct = about.is_sorted_by(|one, other| one < other);
        ensure(distinct, "a number has one open case")?;
        self.history.extend(rare.history.iter().cloned());
        let attached = rare.attached.iter();
        let attached = attached.map(|attachment| (attachment.registration, *attachment));
        self.attachments.extend(attached);
        self.parties.extend(rare.parties.iter().cloned());
        for block in &rare.blocks {
            let counted = (0..=block.count).contains(&block.unused) && (block.closed.is_none() || block.unused == 0);
            ensure(counted, "a block counts its numbers")?;
            if let Some(before) = self.blocks.insert(block.request.clone(), block.clone()) {
                let same = |block: &BlockRow| (block.opened, block.first, block.last, block.count, block.expires_at);
                ensure(same(&before) == same(block), "the numbers of a block never change")?;
                let closed = before.closed.is_none() || before.closed == block.closed;
                ensure(closed, "a closed block stays closed")?;
            }
        }
        Ok(())
    }
}

fn ensure(holds: bool, constraint: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(constraint) }
}

/// A moment by its time in UTC.
pub(super) fn at(time: &str) -> Moment {
    Moment::new(time.parse().expect("a time"))
}

/// What became of a birth, in the words of the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Became {
    Issued,
    /// Why, and against which decisions.
    UnderReview(CaseCause, Vec<Position>),
    NotEligible,
}

impl Memory {
    pub fn became(&self, reply: &Reply) -> Became {
        match &reply.standing {
            Standing::Issued(_) => Became::Issued,
            Standing::UnderReview(case) => {
                let case = &self.cases[case];
                Became::UnderReview(case.cause, case.matches.clone())
            }
            Standing::NotEligible => Became::NotEligible,
            Standing::CaseClosed(state) => panic!("a new birth has no case {state:?}"),
        }
    }

    /// One birth, under a new request id, in a turn of its own.
    pub fn register(&mut self, birth: &pb::BirthRegistration) -> Became {
        let id = 0x1000 + u128::from(self.made);
        let reply = self.tell(id, birth).expect("a decision");
        assert!(!reply.replayed);
        self.became(&reply)
    }
}
