//! Every property holds for the inputs of its corpus.

use std::fs;
use std::path::Path;

use wsproto_fuzz::TARGETS;

#[test]
fn every_target_passes_its_corpus() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(name);
        let files: Vec<_> = fs::read_dir(&folder)
            .expect("every target has a corpus")
            .map(|entry| entry.expect("readable").path())
            .collect();
        assert!(files.len() >= 5, "{name} has {} inputs", files.len());
        for path in files {
            println!("{}", path.display());
            target(&fs::read(&path).expect("readable"));
        }
    }
}

/// So that every target is known to tell right from wrong inputs: none takes the other's for
/// granted.
#[test]
fn every_target_takes_no_input_at_all() {
    for (_, target) in TARGETS {
        target(b"");
        target(&[0; 4]);
        target(&[0xFF; 64]);
    }
}
