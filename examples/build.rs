//! Makes the gRPC services of `proto/wattsum.proto`; no `protoc` is needed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto/wattsum.proto");
    let descriptors = protox::compile(["proto/wattsum.proto"], ["proto"])?;
    // Connections are made by hyper in `net`, not by tonic's transport.
    tonic_prost_build::configure()
        .build_transport(false)
        .codec_path("crate::wire::LeanCodec")
        .compile_fds(descriptors)?;
    Ok(())
}
