//! The refusals that a press in a notification or the tray can meet, by their stable codes.

/// One that there are words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    AlreadyDecided,
    AlreadyVoted,
    Cancelled,
    DeviceCeiling,
    DeviceRevoked,
    DeviceUnconfirmed,
    DigestMismatch,
    DiskFull,
    Expired,
    Forbidden,
    Frozen,
    IntegrityBroken,
    Keystore,
    NeedsConnection,
    NotEnrolled,
    NotFound,
    NotFromNotification,
    NotOffline,
    NotWhole,
    OwnRequest,
    PolicyChanged,
    ReasonRequired,
    StepUpRequired,
    Superseded,
    TooLate,
    Unavailable,
}

/// Codes and what they mean.
const CODES: [(&str, Refused); 25] = [
    ("already_decided", Refused::AlreadyDecided),
    ("already_voted", Refused::AlreadyVoted),
    ("cancelled", Refused::Cancelled),
    ("device_ceiling", Refused::DeviceCeiling),
    ("device_revoked", Refused::DeviceRevoked),
    ("device_unconfirmed", Refused::DeviceUnconfirmed),
    ("digest_mismatch", Refused::DigestMismatch),
    ("disk_full", Refused::DiskFull),
    ("expired", Refused::Expired),
    ("forbidden", Refused::Forbidden),
    ("frozen", Refused::Frozen),
    ("integrity_broken", Refused::IntegrityBroken),
    ("keystore", Refused::Keystore),
    ("needs_connection", Refused::NeedsConnection),
    ("not_enrolled", Refused::NotEnrolled),
    ("not_found", Refused::NotFound),
    ("not_from_notification", Refused::NotFromNotification),
    ("not_offline", Refused::NotOffline),
    ("not_whole", Refused::NotWhole),
    ("own_request", Refused::OwnRequest),
    ("policy_changed", Refused::PolicyChanged),
    ("reason_required", Refused::ReasonRequired),
    ("step_up_required", Refused::StepUpRequired),
    ("superseded", Refused::Superseded),
    ("unavailable", Refused::Unavailable),
];

impl Refused {
    /// What a code means; `None` for one without words of its own.
    pub(crate) fn of(code: &str) -> Option<Self> {
        CODES.iter().find(|(known, _)| *known == code).map(|(_, refused)| *refused)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::language::Language;

    #[test]
    fn every_code_has_a_sentence_of_its_own_in_each_language() {
        for language in [Language::En, Language::De] {
            let said: BTreeSet<&str> =
                CODES.iter().map(|(_, code)| (language.words().refused)(*code)).collect();
            assert_eq!(said.len(), CODES.len(), "{said:?}");
            assert!(said.iter().all(|text| text.ends_with('.')), "{said:?}");
        }
        assert_eq!(Refused::of("digest_mismatch"), Some(Refused::DigestMismatch));
        assert_eq!(Refused::of("teapot"), None);
    }
}
