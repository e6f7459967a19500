// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "{{name}}",
    products: [.library(name: "{{name}}", type: .dynamic, targets: ["{{Type}}Module"])],
    dependencies: [.package(name: "kernel", path: "{{kernelPath}}")],
    targets: [
        .target(
            name: "{{Type}}Module",
            dependencies: [.product(name: "ModuleKit", package: "kernel")]),
        .testTarget(
            name: "{{Type}}ModuleTests",
            dependencies: [
                "{{Type}}Module", .product(name: "ModuleKitTesting", package: "kernel"),
            ]),
    ]
)
