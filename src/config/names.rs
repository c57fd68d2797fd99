//! The names of all settings: one list, from which the file's fields and the variables of the environment are known.

/// One setting.
pub struct Setting {
    /// Its name in the file, with its sections: `store.url`.
    pub name: &'static str,
}

impl Setting {
    /// The variable of the environment that overrides it: `DINHDANH_STORE_URL`.
    pub fn variable(&self) -> String {
        format!("DINHDANH_{}", self.name.to_ascii_uppercase().replace('.', "_"))
    }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    Setting { name: "listen" },
    Setting { name: "dev" },
    Setting { name: "policy" },
    Setting {
        name: "tls.certificate",
    },
    Setting { name: "tls.key" },
    Setting { name: "tls.client_ca" },
    Setting { name: "metrics" },
    Setting { name: "keys" },
    Setting { name: "keys_command" },
    Setting {
        name: "keys_command_timeout",
    },
    Setting { name: "anchor" },
    Setting { name: "data" },
    Setting { name: "store.kind" },
    Setting { name: "store.url" },
    Setting {
        name: "store.password_file",
    },
    Setting {
        name: "store.standby_required",
    },
    Setting { name: "store.readers" },
    Setting {
        name: "store.connect_timeout",
    },
    Setting {
        name: "store.lock_timeout",
    },
    Setting {
        name: "store.idle_timeout",
    },
    Setting {
        name: "store.tcp_timeout",
    },
    Setting {
        name: "store.answer_timeout",
    },
    Setting {
        name: "store.commit_timeout",
    },
    Setting {
        name: "store.turn_delay",
    },
    Setting { name: "lease.kind" },
    Setting { name: "lease.url" },
    Setting {
        name: "lease.sentinel.urls",
    },
    Setting {
        name: "lease.sentinel.master",
    },
    Setting {
        name: "lease.cluster.urls",
    },
    Setting { name: "lease.username" },
    Setting {
        name: "lease.password_file",
    },
    Setting { name: "lease.ca_file" },
    Setting { name: "lease.prefix" },
    Setting { name: "lease.hold" },
    Setting { name: "lease.remember" },
    Setting { name: "lease.patience" },
    Setting { name: "lease.rest" },
    Setting { name: "limits.queue" },
    Setting { name: "limits.batch" },
    Setting { name: "limits.bulk" },
    Setting { name: "limits.lookups" },
    Setting {
        name: "limits.births_wait",
    },
    Setting {
        name: "limits.lookups_wait",
    },
    Setting {
        name: "limits.cases_wait",
    },
    Setting {
        name: "limits.office_rate",
    },
    Setting {
        name: "limits.office_burst",
    },
    Setting {
        name: "limits.replay_bytes",
    },
    Setting {
        name: "limits.filter_bytes",
    },
    Setting {
        name: "limits.retry_after",
    },
    Setting {
        name: "connections.most",
    },
    Setting {
        name: "connections.accepts",
    },
    Setting {
        name: "connections.streams",
    },
    Setting {
        name: "connections.open_calls",
    },
    Setting {
        name: "connections.calls",
    },
    Setting {
        name: "connections.office_calls",
    },
    Setting {
        name: "connections.item_streams",
    },
    Setting {
        name: "connections.message_bytes",
    },
    Setting {
        name: "connections.header_bytes",
    },
    Setting {
        name: "connections.message_within",
    },
    Setting {
        name: "connections.opening",
    },
    Setting {
        name: "connections.idle",
    },
    Setting {
        name: "connections.keepalive",
    },
    Setting {
        name: "connections.slow_reader",
    },
    Setting {
        name: "connections.refusals",
    },
    Setting {
        name: "connections.shed_after",
    },
];

/// Sections of the file.
const SECTIONS: [&str; 7] = [
    "tls",
    "store",
    "lease",
    "lease.sentinel",
    "lease.cluster",
    "limits",
    "connections",
];
/// Variables that begin so belong to settings alone; others of this program's may mean something else.
const RESERVED: [&str; 5] = [
    "DINHDANH_TLS_",
    "DINHDANH_STORE_",
    "DINHDANH_LEASE_",
    "DINHDANH_LIMITS_",
    "DINHDANH_CONNECTIONS_",
];

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// Whether this names a section.
pub fn is_section(name: &str) -> bool {
    SECTIONS.contains(&name)
}

/// Whether a variable of the environment can only be meant as a setting.
pub fn reserved(variable: &str) -> bool {
    RESERVED.iter().any(|prefix| variable.starts_with(prefix))
}

/// What to tell whoever gave a setting that does not exist.
pub fn unknown(section: &str, name: &str) -> String {
    let of_section = |known: &&str| match section {
        "" => !known.contains('.'),
        section => known.strip_prefix(section).is_some_and(|rest| rest.starts_with('.')),
    };
    let known = SETTINGS.iter().map(|setting| setting.name).chain(SECTIONS);
    let known: Vec<_> = known.filter(of_section).collect();
    format!("there is no setting {name}; there are {}", known.join(", "))
}
