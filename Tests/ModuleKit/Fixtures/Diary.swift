import ModuleKit

struct Diary: Module {
    static let manifest = Manifest(
        id: "diary", version: "1.0.0", about: "Keeps a diary.",
        requires: [
            .init("storage", range: ">=1.2 <2"), .init("translator", range: "*", optional: true),
        ])
    static let tasks: [TaskOf<Diary>] = [
        TaskOf("write", "Writes an entry.", risk: .write, run: write),
        TaskOf("where", "Says where drafts are kept.", risk: .read, run: place),
    ]

    struct Write: Arguments {
        @Argument("What happened.") var text: String
    }

    struct Receipt: Codable {
        var number: Int
    }

    let host: Host

    init(_ host: Host) { self.host = host }

    func write(_ arguments: Write, _ call: Call) async throws -> String {
        var text = arguments.text
        do {
            text = try await call.ask("translator.english", ["text": .string(text)]).text
        } catch let failure as Failure where failure.status == .notFound {
            call.log(.info, "written as it is: \(failure)")
        }
        let receipt = try await call.ask(
            "storage.put", ["key": "today", "value": .string(text)], as: Receipt.self)
        return "entry \(receipt.number)"
    }

    func place(_ call: Call) async throws -> String { try host.folder + "/drafts" }
}
