//! Accidents and crude hands: flipped bits, and lines or frames that were cut, dropped, moved or repeated.

use super::*;
use proptest::prelude::*;

/// The verdict on a bundle with one bit flipped.
fn flipped(bundle: &[u8], at: usize, bit: u8) -> Broken {
    let mut bundle = bundle.to_vec();
    bundle[at] ^= 1 << bit;
    match check(&bundle) {
        Err(broken) => broken,
        Ok(_) => panic!("bit {bit} of byte {at} went unnoticed"),
    }
}

#[test]
fn every_flipped_bit_of_a_plain_bundle_is_found_and_located() {
    let bundle = Log::of(5).bundle(false);
    let mut start = 0;
    for (number, line) in lines_of(&bundle).iter().enumerate() {
        for at in start..start + line.len() {
            for bit in 0..8 {
                let broken = flipped(&bundle, at, bit);
                let place = (broken.index(), broken.range());
                match number.checked_sub(2) {
                    Some(index @ 0..5) => assert_eq!(place, (Some(index as u64), None), "{broken}"),
                    Some(5) => assert_eq!(place, (None, Some((0, 5))), "{broken}"),
                    _ => assert_eq!(place, (None, None), "byte {at} bit {bit}: {broken}"),
                }
            }
        }
        start += line.len();
    }
}

#[test]
fn every_flipped_bit_of_a_compressed_bundle_is_found_and_names_its_frame() {
    let bundle = Log::of(3).bundle(true);
    for (number, frame) in frames_of(&bundle).into_iter().enumerate() {
        for at in frame {
            for bit in 0..8 {
                let broken = flipped(&bundle, at, bit);
                let range = (number == 1).then_some((0, 3));
                assert_eq!((broken.index(), broken.range()), (None, range), "byte {at} bit {bit}: {broken}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_flipped_bit_in_a_later_block_names_that_block(pick: prop::sample::Index, bit in 0u8..8) {
        let bundle = Log::of(600).bundle(true);
        let frames = frames_of(&bundle);
        let at = pick.index(bundle.len());
        let expected = match frames.iter().position(|frame| frame.contains(&at)) {
            Some(block @ 1..=3) => Some(((block as u64 - 1) * 256, (block as u64 * 256).min(600))),
            _ => None,
        };
        prop_assert_eq!(flipped(&bundle, at, bit).range(), expected);
    }

    #[test]
    fn a_replaced_run_of_bytes_is_found(pick: prop::sample::Index, with in prop::collection::vec(any::<u8>(), 1..40)) {
        for compress in [false, true] {
            let mut bundle = Log::of(20).bundle(compress);
            let at = pick.index(bundle.len());
            let end = bundle.len().min(at + with.len());
            prop_assume!(bundle[at..end] != with[..end - at]);
            bundle.splice(at..end, with.iter().copied());
            prop_assert!(check(&bundle).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_bundle(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(check(&bytes).is_err());
        prop_assert!(check(&[&[0x50, 0x2a, 0x4d, 0x18], &bytes[..]].concat()).is_err());
    }
}

#[test]
fn a_deleted_entry_is_named() {
    let bundle = lines_of(&Log::of(600).bundle(false));
    for index in [0, 1, 255, 256, 400, 599] {
        let mut lines = bundle.clone();
        lines.remove(line_of(index));
        let broken = check(&lines.concat()).unwrap_err();
        assert_eq!(broken.index(), Some(index as u64), "{broken}");
    }
}

#[test]
fn a_reordered_entry_is_named_at_the_first_wrong_place() {
    let bundle = lines_of(&Log::of(600).bundle(false));
    for (one, other) in [(0, 1), (100, 101), (255, 256), (3, 599)] {
        let mut lines = bundle.clone();
        lines.swap(line_of(one), line_of(other));
        let broken = check(&lines.concat()).unwrap_err();
        assert!(
            matches!(broken, Broken::Order { index, found } if index == one as u64 && found == other as u64)
        );
    }
}

#[test]
fn a_repeated_entry_is_named() {
    let bundle = lines_of(&Log::of(600).bundle(false));
    for index in [0, 77, 254] {
        let mut lines = bundle.clone();
        lines.insert(line_of(index), bundle[line_of(index)].clone());
        assert_eq!(check(&lines.concat()).unwrap_err().index(), Some(index as u64 + 1));
    }
    // After the last entry of a block, the locator is what is missing.
    let mut lines = bundle.clone();
    lines.insert(line_of(255), bundle[line_of(255)].clone());
    assert_eq!(check(&lines.concat()).unwrap_err().range(), Some((0, 256)));
}

#[test]
fn a_plain_bundle_cut_off_anywhere_names_the_first_missing_entry() {
    let bundle = Log::of(5).bundle(false);
    let ends: Vec<usize> = lines_of(&bundle)
        .iter()
        .scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        })
        .collect();
    for length in 0..bundle.len() {
        let broken = check(&bundle[..length]).unwrap_err();
        let whole_lines = ends.iter().filter(|end| **end <= length).count();
        let expected = whole_lines.checked_sub(2).filter(|index| *index < 5).map(|index| index as u64);
        assert_eq!(broken.index(), expected, "{length} bytes: {broken}");
    }
}

#[test]
fn a_compressed_bundle_cut_off_anywhere_names_the_first_missing_frame() {
    let bundle = Log::of(300).bundle(true);
    let frames = frames_of(&bundle);
    for length in (0..bundle.len()).step_by(13) {
        let broken = check(&bundle[..length]).unwrap_err();
        let expected = match frames.iter().filter(|frame| frame.end <= length).count() {
            1 => Some((0, 256)),
            2 => Some((256, 300)),
            _ => None,
        };
        assert_eq!(broken.range(), expected, "{length} bytes: {broken}");
    }
}

#[test]
fn deleted_repeated_and_swapped_frames_are_named() {
    let bundle = Log::of(700).bundle(true);
    let frames: Vec<&[u8]> = frames_of(&bundle).into_iter().map(|frame| &bundle[frame]).collect();
    let range = |order: &[usize]| {
        let bytes: Vec<u8> = order.iter().flat_map(|frame| frames[*frame]).copied().collect();
        check(&bytes).unwrap_err().range()
    };
    assert_eq!(range(&[0, 2, 3, 4]), Some((0, 256)), "deleted");
    assert_eq!(range(&[0, 1, 3, 4]), Some((256, 512)), "deleted");
    assert_eq!(range(&[0, 1, 2, 4]), Some((512, 700)), "deleted");
    assert_eq!(range(&[0, 1, 1, 2, 3, 4]), Some((256, 512)), "repeated");
    assert_eq!(range(&[0, 2, 1, 3, 4]), Some((0, 256)), "swapped");
    assert_eq!(range(&[0, 1, 2, 3]), None, "the last frame is no entries' frame");
    assert!(check(&[&bundle[..], frames[4]].concat()).is_err(), "something follows");
}

#[test]
fn missing_locators_are_found() {
    let bundle = lines_of(&Log::of(600).bundle(false));
    for (line, range) in
        [(line_of(255) + 1, (0, 256)), (line_of(511) + 1, (256, 512)), (line_of(599) + 1, (512, 600))]
    {
        let mut lines = bundle.clone();
        lines.remove(line);
        assert_eq!(check(&lines.concat()).unwrap_err().range(), Some(range));
    }
}

#[test]
fn a_failing_reader_is_not_a_verdict_on_the_log() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    for compress in [false, true] {
        let bundle = Log::of(300).bundle(compress);
        for length in [0, 3, 100, bundle.len() / 2, bundle.len() - 1] {
            let broken = verify(std::io::Read::chain(&bundle[..length], Failing), None, &mut |_| Ok(()));
            assert!(matches!(broken, Err(Broken::Read { .. })), "{length}: {broken:?}");
        }
    }
}
