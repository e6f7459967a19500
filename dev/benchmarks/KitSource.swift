/// The text of a package with modules by ModuleKit, which differ in their number of tasks.
enum KitSource {
    static let taskCounts = [1, 5, 10]

    static func name(tasks: Int, keepsState: Bool) -> String {
        keepsState ? "Keeper\(tasks)" : "Kit\(tasks)"
    }

    /// Path and text of every file.
    static func package(kernel: String) -> [(file: String, text: String)] {
        let plain = taskCounts.map { (name: name(tasks: $0, keepsState: false), tasks: $0) }
        let modules = plain + [(name(tasks: 1, keepsState: true), 1)]
        let products = modules.map {
            "        .library(name: \"\($0.name)\", type: .dynamic, "
                + "targets: [\"\($0.name)Module\"]),"
        }
        let targets = modules.map {
            "        .target(name: \"\($0.name)Module\", dependencies: [kit]),"
        }
        let manifest = """
            // swift-tools-version: 6.3
            import PackageDescription

            let kit: Target.Dependency = .product(name: "ModuleKit", package: "kernel")
            let package = Package(
                name: "bench-modules",
                products: [
            \(products.joined(separator: "\n"))
                ],
                dependencies: [.package(name: "kernel", path: "\(kernel)")],
                targets: [
            \(targets.joined(separator: "\n"))
                ])
            """
        return [("Package.swift", manifest)]
            + modules.map { module in
                let text = source(module.name, tasks: module.tasks)
                return ("Sources/\(module.name)Module/\(module.name).swift", text)
            }
    }

    private static func source(_ name: String, tasks: Int) -> String {
        let keepsState = name.hasPrefix("Keeper")
        let numbers = 1...tasks
        let entries = numbers.map {
            "        TaskOf(\"work\($0)\", \"Works.\", mode: .thread, risk: .read, run: work\($0)),"
        }
        return """
            import ModuleKit

            final class \(name): \(keepsState ? "Module, Stateful" : "Module") {
                static let manifest = Manifest(
                    id: "bench-0000", version: "1.0.0", about: "Is measured.")
                static let tasks: [TaskOf<\(name)>] = [
            \(entries.joined(separator: "\n"))
                ]
                static let build = "build-0000000000"

                init(_ host: Host) {}
            \(keepsState ? state : "")
            \(numbers.map(task).joined(separator: "\n"))
            }

            @c(module_entry) public func entry() -> UnsafeRawPointer { \(name).entry }
            """
    }

    private static let state = """
            static let stateVersion = 1

            struct State: Codable {
                var count: Int
                var names: [String]
            }

            func saveState() throws -> State {
                State(count: 1, names: (0..<100).map { "name \\($0)" })
            }

            func loadState(_ state: State, version: Int) throws {
                guard state.names.count == 100 else { throw Failure("names are missing", .invalid) }
            }

        """

    private static func task(_ number: Int) -> String {
        """
            struct Work\(number): Arguments {
                @Argument("A name.", default: "world") var name: String
                @Argument("A count.", default: 1, in: 1...1000) var count: Int
                @Argument("A switch.", default: false) var loud: Bool
            }

            struct Answer\(number): Codable {
                var build: String
                var count: Int
                var loud: Bool
            }

            func work\(number)(
                _ work: Work\(number), _ call: Call
            ) async throws -> Answer\(number) {
                Answer\(number)(build: Self.build, count: work.count, loud: work.loud)
            }
        """
    }
}
