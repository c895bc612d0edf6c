use std::io::Write;

use super::{Decoder, Fault};

const CAP: u64 = 8 << 20;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn br(bytes: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    brotli::BrotliCompress(
        &mut &*bytes,
        &mut coded,
        &brotli::enc::BrotliEncoderParams::default(),
    )
    .unwrap();
    coded
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// Decodes in chunks of a size.
fn decoded(stated: &str, wire: &[u8], chunk: usize, cap: u64) -> Result<Vec<u8>, Fault> {
    let mut decoder = Decoder::new(stated, cap)?;
    wire.chunks(chunk)
        .try_for_each(|chunk| decoder.push(chunk))?;
    decoder.end()?;
    Ok(decoder.take())
}

/// Every coding with a page in it.
fn coded(page: &[u8]) -> [(&'static str, Vec<u8>); 7] {
    [
        ("gzip", gzip(page)),
        (
            "X-GZIP, identity",
            [gzip(&page[..9]), gzip(&page[9..])].concat(),
        ),
        ("deflate", zlib(page)),
        ("deflate", raw(page)),
        ("br", br(page)),
        ("zstd", zstd(page)),
        ("deflate, gzip", gzip(&raw(page))),
    ]
}

fn page() -> Vec<u8> {
    (0..9000u32)
        .flat_map(|n| format!("<li>{n}, {}</li>", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn every_coding_decodes_in_pieces_of_any_size() {
    let page = page();
    for (stated, wire) in coded(&page) {
        for chunk in [1, 7, 4096, wire.len()] {
            assert_eq!(
                decoded(stated, &wire, chunk, CAP).as_ref(),
                Ok(&page),
                "{stated} by {chunk}"
            );
        }
    }
    for stated in ["identity", ""] {
        assert_eq!(decoded(stated, &page, 4096, CAP).as_ref(), Ok(&page));
    }
}

#[test]
fn a_body_that_breaks_off_anywhere_is_no_body() {
    for (stated, wire) in coded(&page()[..300]) {
        for end in 1..wire.len() {
            // Between two members, gzip is whole: no reader could tell.
            if stated.starts_with('X')
                && decoded(stated, &wire[..end], 64, CAP).is_ok_and(|body| body.len() == 9)
            {
                continue;
            }
            let fault = decoded(stated, &wire[..end], 64, CAP).unwrap_err();
            assert!(
                matches!(fault, Fault::Truncated(_)),
                "{stated} at {end}: {fault:?}"
            );
        }
    }
}

#[test]
fn what_is_not_what_it_claims_is_a_fault_and_never_a_panic() {
    let noise: Vec<u8> = page()
        .iter()
        .map(|byte| byte.wrapping_mul(197) ^ 0x5a)
        .collect();
    for stated in ["gzip", "br", "zstd", "deflate, zstd"] {
        assert!(
            matches!(decoded(stated, &noise, 512, CAP), Err(Fault::Corrupt(..))),
            "{stated}"
        );
    }
    for (stated, mut wire) in coded(&page()[..300]) {
        for at in 0..wire.len() {
            wire[at] ^= 0x55;
            drop(decoded(stated, &wire, 64, CAP));
            wire[at] ^= 0x55;
        }
    }
}

#[test]
fn bombs_are_told_by_size_and_by_ratio() {
    let zeros = vec![0; 6 << 20];
    for (stated, wire) in [
        ("gzip", gzip(&zeros)),
        ("br", br(&zeros)),
        ("zstd", zstd(&zeros)),
        ("gzip, gzip", gzip(&gzip(&zeros))),
    ] {
        assert_eq!(
            decoded(stated, &wire, 4096, 64 << 10),
            Err(Fault::TooLarge(64 << 10)),
            "{stated}"
        );
        assert!(
            matches!(decoded(stated, &wire, 4096, CAP), Err(Fault::Ratio(_))),
            "{stated}"
        );
    }
    // Small enough to harm nobody.
    assert!(decoded("gzip", &gzip(&zeros[..1 << 20]), 4096, CAP).is_ok());
}

#[test]
fn a_transfer_that_decodes_to_nothing_ends_at_the_cap() {
    let empty = gzip(b"");
    let mut decoder = Decoder::new("gzip", 1 << 10).unwrap();
    let ended = (0..100_000).find_map(|_| decoder.push(&empty).err());
    assert_eq!(ended, Some(Fault::TooLarge(1 << 10)));
}

#[test]
fn codings_that_were_not_asked_for_are_refused() {
    assert_eq!(
        Decoder::new("compress", CAP).err(),
        Some(Fault::Unknown("compress".to_owned()))
    );
    assert_eq!(
        Decoder::new("gzip, gzip, gzip", CAP).err(),
        Some(Fault::Stacked)
    );
}

#[test]
fn a_window_that_is_larger_than_http_allows_is_refused() {
    let page = page();
    let mut zstd = zstd::Encoder::new(Vec::new(), 3).unwrap();
    zstd.window_log(27).unwrap();
    zstd.write_all(&page).unwrap();
    let zstd = zstd.finish().unwrap();
    let parameters = brotli::enc::BrotliEncoderParams {
        large_window: true,
        lgwin: 28,
        ..Default::default()
    };
    let mut br = Vec::new();
    brotli::BrotliCompress(&mut page.as_slice(), &mut br, &parameters).unwrap();
    for (stated, wire) in [("zstd", zstd), ("br", br)] {
        let size = decoded(stated, &wire, 4096, CAP).map(|body| body.len());
        assert!(
            matches!(size, Err(Fault::Corrupt(..))),
            "{stated}: {size:?}"
        );
    }
}
