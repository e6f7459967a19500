import ModuleKit

struct {{Type}}: Module {
    static let manifest = Manifest(id: "{{name}}", version: "0.1.0", about: "Says hello.")
    static let tasks: [TaskOf<{{Type}}>] = [
        TaskOf("hello", "Greets somebody.", mode: .thread, risk: .read, run: hello)
    ]

    struct Hello: Arguments {
        @Argument("Whom to greet.", default: "world") var name: String
        @Argument("How often.", default: 1, in: 1...10) var times: Int
    }

    init(_ host: Host) {}

    func hello(_ arguments: Hello, _ call: Call) async throws -> String {
        let lines = Array(repeating: "Hello, \(arguments.name)!", count: arguments.times)
        return lines.joined(separator: "\n")
    }
}

@c(module_entry) public func entry() -> UnsafeRawPointer { {{Type}}.entry }
