//! The reference model: a store in memory that knows only what turns have written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use crate::ledger::{
    Context, Draft, Entry, Frontier, Head, KeyRing, Moment, Position, RequestKey, SCHEMA_VERSION, content_digest,
};
use crate::number::{Prefix, Slot, free_counters};
use crate::proto::v1 as pb;
use crate::protocol::{
    CROWD, CaseCause, CaseRow, Changes, Command, Decided, Find, Found, Issue, Known, NumberRow, PrefixRow, Reply,
    Rules, Standing, Wanted, World, wanted,
};
use crate::refusal::Refusal;
use crate::registration::{Content, Key, Registration, check, keys, reference_key};

/// What one turn came to.
pub(super) struct Turned {
    pub replies: Vec<Result<Reply, Refusal>>,
    pub changes: Option<Changes>,
}

/// The store: the tables of a real one, as maps.
pub(super) struct Memory {
    pub ring: KeyRing,
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
    /// Commands made so far: every one has its own salt, nonce and case id.
    made: u8,
}

impl Memory {
    pub fn new() -> Self {
        let ring = KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap();
        let head = Head {
            frontier: Frontier::default(),
            epoch: 1,
            schema: SCHEMA_VERSION,
            keys: ring.ids,
            at: 0,
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
            made: 0,
        }
    }

    /// The command to issue, by the office that keeps the book.
    pub fn issue(&mut self, id: u128, birth: &pb::BirthRegistration) -> Command {
        let office = birth.r#ref.as_ref().map_or("", |r#ref| &r#ref.office_code);
        self.issue_from(office, id, birth)
    }

    pub fn issue_from(&mut self, office: &str, id: u128, birth: &pb::BirthRegistration) -> Command {
        self.made += 1;
        let content = Content::of(birth);
        let facts = check(&content, self.rules.codes, self.moment.day).expect("a birth in order");
        let request = RequestKey {
            id: Uuid::from_u128(id),
            office: office.to_owned(),
        };
        let digest = content_digest(&self.ring.index, "issue", &content.canonical());
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
        let keys = keys(&facts, &self.ring.index, self.rules.codes);
        let case_id = Uuid::from_u128(0xca5e_0000 + u128::from(self.made));
        Command::Issue(Box::new(Issue {
            draft,
            content: Arc::new(content),
            facts: Arc::new(facts),
            keys,
            as_sent: [0; 16],
            case_id,
        }))
    }

    pub fn find_reference(&self, birth: &pb::BirthRegistration) -> Command {
        let facts = check(&Content::of(birth), self.rules.codes, self.moment.day).unwrap();
        Command::Find(Find::Reference(reference_key(&facts.reference, &self.ring.index)))
    }

    /// One command in a turn of its own.
    pub fn tell(&mut self, id: u128, birth: &pb::BirthRegistration) -> Result<Reply, Refusal> {
        let command = self.issue(id, birth);
        self.turn(&[command]).replies.remove(0)
    }

    /// One turn, and everything it wrote kept.
    pub fn turn(&mut self, commands: &[Command]) -> Turned {
        let wanted = wanted(commands);
        let found = self.find(&wanted);
        let mut positions: Vec<_> = found.requests.values().chain(found.strict.values()).copied().collect();
        positions.extend(found.blocking.values().flat_map(|holders| holders.iter().take(CROWD)));
        positions.sort_unstable();
        positions.dedup();
        let decided = positions.into_iter().map(|position| self.decided(position)).collect();
        let mut world = World::new(self.head.clone(), found, decided);
        let replies = commands
            .iter()
            .map(|command| world.carry_out(command, &self.rules, &self.ring.picker, self.moment));
        let replies = replies.collect();
        let changes = world.into_changes();
        if let Some(changes) = &changes {
            self.keep(changes);
        }
        Turned { replies, changes }
    }

    /// A decision, opened from its sealed content: nothing else of the facts is kept.
    pub fn decided(&self, position: Position) -> Decided {
        let entry = self.entries[position as usize - 1].clone();
        let (_, content) = self.ring.seal.open(&entry.request.binding(), &entry.sealed).unwrap();
        let content = Content::decode(&content).unwrap();
        let facts = Registration::from_content(&content).unwrap();
        let number = entry.number.map(|(slot, _)| self.numbers[&slot].clone());
        let case = entry.case_id.map(|id| self.cases[&id].clone());
        Decided {
            known: Known { entry, number, case },
            content: Arc::new(content),
            facts: Arc::new(facts),
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
                next: 0,
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

    /// Keeps what a turn wrote, as strictly as the constraints of a real store.
    fn keep(&mut self, changes: &Changes) {
        for entry in &changes.entries {
            assert_eq!(entry.position, self.entries.len() as i64 + 1, "positions are dense");
            self.head.frontier.push(entry.leaf);
            let before = self.requests.insert(entry.request.clone(), entry.decision);
            assert_eq!(before, None, "a request id is decided once");
            self.entries.push(entry.clone());
        }
        assert_eq!(self.head.frontier, changes.head.frontier, "the head holds every entry");
        self.head = changes.head.clone();
        for number in &changes.numbers {
            assert!(
                self.numbers.values().all(|known| known.number != number.number),
                "a number is given once"
            );
            assert_eq!(
                self.numbers.insert(number.slot, number.clone()),
                None,
                "a slot is taken once"
            );
        }
        for (prefix, row) in &changes.prefixes {
            self.prefixes.insert(
                *prefix,
                PrefixRow {
                    free: Vec::new(),
                    ..row.clone()
                },
            );
        }
        for (key, position) in &changes.strict {
            assert_eq!(self.strict.insert(*key, *position), None, "a strict key is held once");
        }
        for (key, position) in &changes.moved {
            assert!(
                self.strict.insert(*key, *position).is_some(),
                "only a key that is held can move"
            );
        }
        for (key, position) in &changes.blocking {
            self.blocking.entry(*key).or_default().push(*position);
        }
        for case in &changes.cases {
            assert_eq!(
                self.cases.insert(case.case_id, case.clone()),
                None,
                "a case is opened once"
            );
        }
    }
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
