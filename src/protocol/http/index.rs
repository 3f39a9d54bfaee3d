//! The places of header fields by their names.

use super::name::Name;

/// Where fields are by their names, so that most look-ups compare nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Index {
    /// The names there are: a bit for each.
    present: u64,
    /// Those that several fields have.
    several: u64,
    /// The last field of each of the names that are looked for, and of all others.
    last: [u8; Name::WANTED + 1],
}

impl Index {
    /// Takes note of a field; there are `count` before it.
    #[inline]
    pub(super) fn add(&mut self, name: Name, count: usize) {
        let place = (name as usize).min(Name::WANTED);
        // Of no use if there are more fields than this can count, or several of the name.
        [self.last[place], ..] = count.to_le_bytes();
        self.several |= self.present & bit(name);
        self.present |= bit(name);
    }

    /// Whether there is a field of a name.
    #[inline]
    pub(super) fn has(&self, name: Name) -> bool {
        self.present & bit(name) != 0
    }

    /// Whether there are several fields of a name.
    #[inline]
    pub(super) fn has_several(&self, name: Name) -> bool {
        self.several & bit(name) != 0
    }

    /// Which of `count` fields is the only one of a name, if that is known.
    #[inline]
    pub(super) fn only(&self, name: Name, count: usize) -> Option<usize> {
        let counted = count <= 1 << u8::BITS;
        let known = counted && self.has(name) && !self.has_several(name);
        let last = self.last[..Name::WANTED].get(name as usize)?;
        known.then_some(usize::from(*last))
    }
}

/// The bit of a name in a set of them.
#[inline]
pub(super) const fn bit(name: Name) -> u64 {
    1 << name as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[Name]) -> Index {
        let mut index = Index::default();
        for (count, name) in names.iter().enumerate() {
            index.add(*name, count);
        }
        index
    }

    #[test]
    fn the_only_field_of_a_name_that_means_something_is_known() {
        let names = [
            Name::Cookie,
            Name::Host,
            Name::Other,
            Name::Extensions,
            Name::Key,
            Name::Extensions,
            Name::ContentLength,
        ];
        let index = index(&names);
        for name in Name::KNOWN.into_iter().chain([Name::Other]) {
            let count = names.iter().filter(|other| **other == name).count();
            assert_eq!(index.has(name), count > 0, "{name:?}");
            assert_eq!(index.has_several(name), count > 1, "{name:?}");
            let only = match name {
                Name::Host => Some(1),
                Name::Key => Some(4),
                _ => None,
            };
            assert_eq!(index.only(name, names.len()), only, "{name:?}");
        }
    }

    #[test]
    fn nothing_is_known_of_more_fields_than_can_be_counted() {
        for before in 250..260 {
            let names = [&vec![Name::Other; before][..], &[Name::Host]].concat();
            let only = (before < 256).then_some(before);
            assert_eq!(index(&names).only(Name::Host, names.len()), only);
        }
    }
}
