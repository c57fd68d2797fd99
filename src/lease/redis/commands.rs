//! The commands sent to Redis, and what their replies say.
//!
//! Keys have nothing to do with each other, so that it makes no difference on how many servers they lie. In a cluster
//! each command concerns one key alone.

use redis::{Cmd, Pipeline, Script, Value};

use super::connection::{Refused, Reply};
use super::options::{RedisOptions, Servers};
use super::value::{self, Said, Token};
use crate::lease::{Claim, Claimed, Ended, Hint, LeaseKey};
use crate::ledger::{Anchor, IndexKey, RequestKey, hex};
use crate::registration::Key;

/// Changes or removes keys, each only if it is still ours: `ARGV[1]` our value of them, `ARGV[2]` milliseconds; of the
/// arguments after that, one a key, each is the value to put in its place for so long, or empty to remove the key.
const END: &str = "for i,key in ipairs(KEYS) do \
                   if redis.pcall('GET',key)==ARGV[1] then local value=ARGV[i+2] \
                   if value=='' then redis.call('DEL',key) else redis.call('SET',key,value,'PX',ARGV[2]) end \
                   end end return 1";
/// Puts the anchor `ARGV[3]`, of epoch `ARGV[1]` and size `ARGV[2]`, in the place of one that is not as far, or that is
/// `ARGV[4]`; answers the one that is kept then. Without arguments it only reads. The words of an anchor are those of
/// [`Anchor::line`].
const RAISE: &str = "local kept=redis.pcall('GET',KEYS[1]) \
                     if type(kept)~='string' or kept==ARGV[4] then kept='' end \
                     local epoch,size=string.match(kept,'^%S+ (%d+) (%d+) ') \
                     epoch=tonumber(epoch) or -1 size=tonumber(size) or -1 \
                     local e,s=tonumber(ARGV[1]),tonumber(ARGV[2]) \
                     if e and (e>epoch or (e==epoch and s>size)) then redis.call('SET',KEYS[1],ARGV[3]) return ARGV[3] end \
                     return kept";
/// How many keys one script call ends where one server keeps them all: twice as cheap as one call a key.
const TOGETHER: usize = 128;

/// Makes the commands of one server.
pub(super) struct Commands {
    secret: IndexKey,
    prefix: Vec<u8>,
    token: Token,
    /// How long a key stays in hand, in milliseconds as text.
    hold: String,
    /// How long an answer is remembered, in milliseconds as text.
    remember: String,
    end: Script,
    /// How many keys a script call may concern.
    together: usize,
}

/// A key to end: `Some` to note where the request was answered, `None` to let go of it.
pub(super) type Ending = (Vec<u8>, Option<Hint>);

/// What is kept as the anchor that all servers share.
pub(super) enum Raised<'r> {
    /// This.
    To(Anchor),
    /// Nothing, or it cannot be told.
    Nothing,
    /// This, which no server wrote that knows the keys.
    Forged(&'r [u8]),
}

/// The reply to one `SET NX GET`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It was free and is ours now.
    Now,
    /// It is ours from before, or holds nothing that would stop anybody.
    Free,
    /// Another server has it in hand.
    Elsewhere,
    /// The request was answered.
    Answered(Hint),
}

impl Commands {
    pub fn new(secret: &IndexKey, options: &RedisOptions, token: Token) -> Self {
        Self {
            secret: secret.clone(),
            prefix: options.prefix.as_bytes().to_vec(),
            token,
            hold: options.hold.as_millis().to_string(),
            remember: options.remember.as_millis().to_string(),
            end: Script::new(END),
            together: match options.servers {
                Servers::Cluster(_) => 1,
                Servers::Single(_) | Servers::Sentinel { .. } => TOGETHER,
            },
        }
    }

    /// Two commands a claim: the request, then the reference.
    pub fn claim(&self, claims: &[Claim]) -> Pipeline {
        let mut pipeline = Pipeline::with_capacity(claims.len() * 2);
        for claim in claims {
            pipeline.add_command(self.take(&self.request(&claim.request)));
            pipeline.add_command(self.take(&self.reference(&claim.reference)));
        }
        pipeline
    }

    /// What the replies to [`Commands::claim`] say of each claim, and the keys that were taken in vain.
    pub fn claimed(&self, claims: &[Claim], replies: &[Reply]) -> (Vec<Claimed>, Vec<Ending>) {
        let mut vain = Vec::new();
        let claimed = claims
            .iter()
            .zip(replies.chunks_exact(2))
            .map(|(claim, pair)| {
                let (request, reference) = (self.taken(&pair[0]), self.taken(&pair[1]));
                let claimed = match (request, reference) {
                    (Taken::Answered(hint), _) => Claimed::Answered(hint),
                    (Taken::Elsewhere, _) | (_, Taken::Elsewhere) => Claimed::Elsewhere,
                    _ => return Claimed::Granted,
                };
                if request == Taken::Now {
                    vain.push((self.request(&claim.request), None));
                }
                if reference == Taken::Now {
                    vain.push((self.reference(&claim.reference), None));
                }
                claimed
            })
            .collect();
        (claimed, vain)
    }

    /// The keys of claims that ended.
    pub fn endings(&self, ended: &[Ended]) -> Vec<Ending> {
        ended
            .iter()
            .flat_map(|ended| {
                [
                    (self.request(&ended.claim.request), ended.answered),
                    (self.reference(&ended.claim.reference), None),
                ]
            })
            .collect()
    }

    /// Raises the anchor that all servers share, or reads it. The text of the script goes along: it is short, and a server
    /// that has forgotten it must not need a second round trip.
    /// What is there and is `forged` gives way to it.
    pub fn raise(&self, anchor: Option<&Anchor>, forged: &[u8]) -> Pipeline {
        let mut command = Cmd::new();
        command.arg("EVAL").arg(RAISE).arg(1).arg(self.anchor_key());
        if let Some(anchor) = anchor {
            command.arg(anchor.epoch).arg(anchor.size);
            command.arg(self.vouched(&anchor.line())).arg(forged);
        }
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        pipeline
    }

    /// The anchor in a reply.
    pub fn raised<'r>(&self, replies: &'r [Reply]) -> Raised<'r> {
        match replies.first() {
            Some(Ok(Value::BulkString(kept))) if kept.is_empty() => Raised::Nothing,
            Some(Ok(Value::BulkString(kept))) => self.read_anchor(kept).map_or(Raised::Forged(kept), Raised::To),
            _ => Raised::Nothing,
        }
    }

    /// The line of an anchor with what shows that it was written by a server that knows the keys.
    fn vouched(&self, line: &str) -> String {
        let tag = self.secret.tag("lease/anchor value", &[line.as_bytes()]);
        format!("{line} {}", hex(&tag[..16]))
    }

    fn read_anchor(&self, kept: &[u8]) -> Option<Anchor> {
        let kept = std::str::from_utf8(kept).ok()?;
        let (line, _) = kept.rsplit_once(' ')?;
        Anchor::parse(line).filter(|_| kept == self.vouched(line))
    }

    /// Calls the script by its digest.
    pub fn end(&self, endings: &[Ending]) -> Pipeline {
        self.end_by(b"EVALSHA", self.end.get_hash().as_bytes(), endings)
    }

    /// Calls the script by its text: for a server that does not know it yet.
    pub fn end_unknown(&self, endings: &[Ending]) -> Pipeline {
        self.end_by(b"EVAL", END.as_bytes(), endings)
    }

    /// The keys that stand as before, since the server did not know the script when [`Commands::end`] named it.
    pub fn not_ended(&self, endings: &[Ending], replies: &[Reply]) -> Vec<Ending> {
        let calls = endings.chunks(self.together).zip(replies);
        let unknown = calls.filter(|(_, reply)| **reply == Err(Refused::NoScript));
        unknown.flat_map(|(endings, _)| endings.iter().cloned()).collect()
    }

    fn end_by(&self, verb: &[u8], script: &[u8], endings: &[Ending]) -> Pipeline {
        let ours = value::in_hand(self.token);
        let mut pipeline = Pipeline::with_capacity(endings.len().div_ceil(self.together));
        for endings in endings.chunks(self.together) {
            let mut command = Cmd::with_capacity(5 + 2 * endings.len(), 128 + 64 * endings.len());
            command.arg(verb).arg(script).arg(endings.len());
            for (key, _) in endings {
                command.arg(key);
            }
            command.arg(&ours).arg(&self.remember);
            for (_, answered) in endings {
                match answered {
                    Some(hint) => command.arg(&value::answered(hint)),
                    None => command.arg(b""),
                };
            }
            pipeline.add_command(command);
        }
        pipeline
    }

    /// Asks for the value of one key.
    pub fn look(&self, key: &LeaseKey) -> Pipeline {
        let key = match key {
            LeaseKey::Request(request) => self.request(request),
            LeaseKey::Reference(reference) => self.reference(reference),
        };
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.cmd("GET").arg(key);
        pipeline
    }

    /// Whether the reply to [`Commands::look`] says that another server has the key in hand.
    pub fn in_hand_elsewhere(&self, replies: &[Reply]) -> bool {
        matches!(replies, [reply] if self.taken(reply) == Taken::Elsewhere)
    }

    /// Writes a key of no meaning that soon goes again: a server that takes it takes claims.
    pub fn probe(&self) -> Pipeline {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(self.take(&self.key(b'p', &self.token)));
        pipeline
    }

    fn take(&self, key: &[u8]) -> Cmd {
        let mut command = Cmd::with_capacity(7, 64);
        command
            .arg(b"SET")
            .arg(key)
            .arg(&value::in_hand(self.token))
            .arg(b"NX")
            .arg(b"GET")
            .arg(b"PX")
            .arg(&self.hold);
        command
    }

    fn taken(&self, reply: &Reply) -> Taken {
        match reply {
            Ok(Value::Nil) => Taken::Now,
            Ok(Value::BulkString(bytes)) => match value::read(bytes) {
                Said::InHand(token) if token != self.token => Taken::Elsewhere,
                Said::Answered(hint) => Taken::Answered(hint),
                Said::InHand(_) | Said::Unreadable => Taken::Free,
            },
            Ok(_) | Err(Refused::NotAString | Refused::NoScript) => Taken::Free,
        }
    }

    fn request(&self, request: &RequestKey) -> Vec<u8> {
        let digest = self
            .secret
            .tag("lease/request", &[request.id.as_bytes(), request.office.as_bytes()]);
        self.key(b'q', &digest[..16])
    }

    fn anchor_key(&self) -> Vec<u8> {
        self.key(b'a', &self.secret.tag("lease/anchor", &[])[..16])
    }

    /// The reference is a keyed digest already.
    fn reference(&self, reference: &Key) -> Vec<u8> {
        self.key(b'r', reference.as_bytes())
    }

    /// A key: the prefix, a letter for its kind, and bytes that say nothing. Not as hexadecimal digits, since memory
    /// for keys is most of what the lease costs.
    fn key(&self, kind: u8, rest: &[u8]) -> Vec<u8> {
        [self.prefix.as_slice(), &[b':', kind, b':'], rest].concat()
    }
}
