//! Bodies in content codings: bombs, and what is no coding at all.

use std::io::Write;

/// What a bomb unfolds to, in one member.
const UNFOLDED: usize = 1 << 20;

/// A body in gzip.
pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    coder.write_all(body).expect("memory");
    coder.finish().expect("memory")
}

/// A mebibyte of zeros in a kilobyte: members of gzip follow each other, so that ten thousand of them are 10 GB.
pub(crate) fn gzip_bomb() -> Vec<u8> {
    gzip(&vec![0; UNFOLDED])
}

/// The same in zstd, whose frames follow each other too.
pub(crate) fn zstd_bomb() -> Vec<u8> {
    zstd::encode_all(vec![0; UNFOLDED].as_slice(), 3).expect("memory")
}

/// Eight mebibytes in brotli, which has one stream to a body.
pub(crate) fn brotli_bomb() -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 5,
        ..Default::default()
    };
    let mut coded = Vec::new();
    brotli::BrotliCompress(
        &mut vec![0; 8 * UNFOLDED].as_slice(),
        &mut coded,
        &parameters,
    )
    .expect("memory");
    coded
}
