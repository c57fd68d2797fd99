//! That the driver does what it says.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::mutate::{Form, Mutator};
use super::tree::Codec;
use super::{der, protobuf};

/// What is written of what was read is the same.
fn is_whole(codec: &Codec, bytes: &[u8]) {
    let tree = (codec.read)(bytes).unwrap();
    let mut written = Vec::new();
    (codec.write)(&tree, &mut written);
    assert_eq!(written, bytes);
}

#[test]
fn a_tree_is_written_as_it_was_read() {
    is_whole(
        &protobuf::CODEC,
        b"\x0a\x04name\x10\x96\x01\x1a\x04\x08\x01\x12\x00\x25\x01\x02\x03\x04",
    );
    is_whole(&der::CODEC, b"\x30\x06\x02\x01\x05\xA0\x01\x00");
    let long = [&[0x30, 0x82, 0x01, 0x04, 0x04, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
    is_whole(&der::CODEC, &long);
    assert_eq!((der::CODEC.read)(b"\x30\x7F\x00"), None);
    assert_eq!((protobuf::CODEC.read)(b"\x0a\x7Fname"), None);
}

#[test]
fn the_same_seed_gives_the_same_inputs_and_another_gives_others() {
    let from = [b"one,two\n".to_vec(), b"\x30\x03\x02\x01\x05".to_vec()];
    let words = ["three".to_owned()];
    for form in [Form::Bytes, Form::Text, Form::Protobuf, Form::Der] {
        let made = |seed| {
            let (words, longest) = (&words, 1_000);
            let mutator = Mutator { form, words, longest };
            let mut random = StdRng::seed_from_u64(seed);
            (0..200).map(|_| mutator.make(&from, &mut random)).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().all(|input| input.len() <= 1_000));
    }
}

/// Faults of every sort that a target can have; each must be found.
mod planted {
    use super::super::{Form, Fuzz};

    fn fuzz() -> Fuzz {
        Fuzz::of(Form::Text).seed("a=1").memory_mib(64)
    }

    #[test]
    #[ignore = "a fault that is planted, for the test that looks for it"]
    fn panic() {
        fuzz().run(|input| input.windows(2).for_each(|pair| assert_ne!(pair, b"==")));
    }

    #[test]
    #[ignore = "a fault that is planted, for the test that looks for it"]
    fn stack() {
        #[expect(unconditional_recursion, reason = "that is the fault")]
        fn down(bytes: &[u8]) -> usize {
            1 + std::hint::black_box(down(std::hint::black_box(bytes)))
        }
        fuzz().run(|input| match input.len() {
            0..9 => 0,
            _ => down(input),
        });
    }

    #[test]
    #[ignore = "a fault that is planted, for the test that looks for it"]
    fn memory() {
        fuzz().run(|input| std::hint::black_box(vec![1_u8; if input.len() > 9 { 100 << 20 } else { 0 }]).len());
    }

    #[test]
    #[ignore = "a fault that is planted, for the test that looks for it"]
    fn addresses() {
        fuzz().run(|input| std::hint::black_box(Vec::<u8>::with_capacity(input.len() << 30)).len());
    }
}

#[test]
fn every_sort_of_fault_is_found_and_its_input_kept() {
    for (fault, words) in [
        ("panic", "assertion"),
        ("stack", "overflow"),
        ("memory", "it may by 64 MiB"),
        ("addresses", "memory allocation"),
    ] {
        let path = format!("fuzzing::tests::planted::{fault}");
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command
            .args([&path, "--exact", "--nocapture", "--ignored"])
            .env("DINHDANH_FUZZ_SECONDS", "20");
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success() && said.contains(words), "{fault}: {said}");
        let file = said
            .split_once("The input is in ")
            .unwrap()
            .1
            .split_once(". In tests")
            .unwrap()
            .0;
        std::fs::remove_file(file).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_can_be_changed(bytes: Vec<u8>, other: Vec<u8>, seed: u64) {
        for form in [Form::Bytes, Form::Text, Form::Protobuf, Form::Der] {
            let mutator = Mutator { form, words: &[], longest: 4_096 };
            let mut random = StdRng::seed_from_u64(seed);
            let from = [bytes.clone(), other.clone()];
            for _ in 0..8 {
                prop_assert!(mutator.make(&from, &mut random).len() <= 4_096);
            }
        }
    }
}
