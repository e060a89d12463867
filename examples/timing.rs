//! TEMPORARY
use aho_corasick::*;
use std::time::Instant;
fn main() {
    let lexicon = opnote::Lexicon::embedded();
    let t = Instant::now();
    let l2 = opnote::Lexicon::load(&opnote::lexicon::Files::embedded()).unwrap();
    println!("load {:?}", t.elapsed());
    let p = opnote::bench::patterns(&l2);
    println!("patterns {} chars {}", p.len(), p.iter().map(|x| x.len()).sum::<usize>());
    for kind in [AhoCorasickKind::DFA, AhoCorasickKind::ContiguousNFA, AhoCorasickKind::NoncontiguousNFA] {
        let t = Instant::now();
        let a = AhoCorasick::builder().kind(Some(kind)).ascii_case_insensitive(true).build(&p).unwrap();
        println!("{kind:?} build {:?} mem {}", t.elapsed(), a.memory_usage());
        let text: Vec<String> = std::fs::read_to_string("../shared/corpus/mtsamples_dev.jsonl").unwrap().lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["text"].as_str().unwrap().to_owned()).collect();
        let n: usize = text.iter().map(|t| t.len()).sum();
        let t = Instant::now();
        let c: usize = text.iter().map(|t| a.find_overlapping_iter(t).count()).sum();
        println!("   overlapping {} MB/s, {c} hits", n as f64 / 1e6 / t.elapsed().as_secs_f64());
        let t = Instant::now();
        let c: usize = text.iter().map(|t| a.find_iter(t).count()).sum();
        println!("   plain {} MB/s, {c} hits", n as f64 / 1e6 / t.elapsed().as_secs_f64());
    }
    let _ = lexicon;
    let t = Instant::now();
    opnote::bench::timing();
    println!("parts {:?}", t.elapsed());
}
