// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "text",
    products: [.library(name: "text", type: .dynamic, targets: ["CWordCount"])],
    dependencies: [.package(name: "kernel", path: "../..")],
    targets: [
        .target(
            name: "CWordCount", dependencies: [.product(name: "ModuleABI", package: "kernel")],
            cSettings: [.treatAllWarnings(as: .error)])
    ]
)
