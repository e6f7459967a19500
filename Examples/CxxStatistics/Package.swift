// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "statistics",
    products: [.library(name: "statistics", type: .dynamic, targets: ["CxxStatistics"])],
    dependencies: [.package(name: "kernel", path: "../..")],
    targets: [
        .target(
            name: "CxxStatistics", dependencies: [.product(name: "ModuleABI", package: "kernel")],
            cxxSettings: [.treatAllWarnings(as: .error)])
    ],
    cxxLanguageStandard: .cxx17
)
