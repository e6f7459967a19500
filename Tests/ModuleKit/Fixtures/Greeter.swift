import ModuleKit

struct Greeter: Module {
    static let manifest = Manifest(id: "greeter", version: "1.0.0", about: "Says hello.")
    static let tasks: [TaskOf<Greeter>] = [
        TaskOf("hello", "Greets somebody.", mode: .thread, risk: .read, run: hello)
    ]

    struct Hello: Arguments {
        @Argument("Whom to greet.", default: "world") var name: String
        @Argument("How often.", default: 1, in: 1...10) var times: Int
        @Argument("In which tone.") var tone: Tone?
    }

    enum Tone: String, Choice { case formal, casual }

    init(_ host: Host) {}

    func hello(_ arguments: Hello, _ call: Call) async throws -> String {
        let greeting = arguments.tone == .formal ? "Good day" : "Hello"
        let line = "\(greeting), \(arguments.name)!"
        return Array(repeating: line, count: arguments.times).joined(separator: "\n")
    }
}
