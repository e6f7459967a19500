import CModuleABI
import Testing

@testable import ModuleKitTesting

/// What the host for tests notices, with a module that breaks the contract in every way.
@Suite(.serialized) struct ContractTests {
    private func host() throws -> TestHost {
        try TestHost(
            TestSubject(entry: UnsafeRawPointer(&Misbehaving.entry)),
            TestHostCore(patience: .milliseconds(200)))
    }

    @Test(arguments: [
        ("twice", "finish was called for the call 1 (\"twice\"), which is not in flight"),
        (
            "stranger",
            "finish was called for the call 1001, which never was, which is not in flight"
        ),
        ("notText", "finish of the call 1: the text is not valid UTF-8"),
        ("notJSON", "finish of the call 1: the value is not JSON"),
        ("silent", "finish of the call 1: a failure must say why"),
        ("oddStatus", "finish of the call 1: 5 is no status"),
        ("oddKind", "finish of the call 1: 9 is no kind"),
        ("late", "progress was called for the call 1 (\"late\"), which is not in flight"),
        ("late", "output was called for the call 1 (\"late\"), which is not in flight"),
        ("tooFar", "progress of the call 1: 1.5 is above 1"),
        ("failOutside", "fail was called outside a lifecycle function"),
        ("smallResult", "finish: the result of the call 1 is too small a structure"),
        ("never", "the call 1 (\"never\") was not finished within 0.2 seconds"),
    ])
    func `each breach is noticed and names the function and the call`(
        task: String, sentence: String
    ) async throws {
        let host = try host()
        let error = await #expect(throws: ContractViolation.self) {
            _ = try await host.call(task, bytes: [])
            // What comes after the end is found out a moment later.
            for _ in 0..<10_000 where host.violations.count < 2 { await Task.yield() }
            try host.core.throwViolations()
        }
        let all = host.violations + (error?.sentences ?? [])
        #expect(all.contains { $0.hasPrefix(sentence) }, "\(all)")
    }

    @Test func `what belongs to one thread is noticed when another one uses it`() throws {
        let host = try host()
        let failing = #expect(throws: ContractViolation.self) { try host.start() }
        #expect(
            failing?.description.hasPrefix(
                "fail was called on another thread than the start that runs") == true)
        let writing = #expect(throws: ContractViolation.self) { try host.save() }
        #expect(writing?.description.hasPrefix("mod_writer write was called on another") == true)
    }

    @Test func `arguments that are read too late are poisoned`() async throws {
        let host = try host()
        _ = try? await host.call("keepsArguments", bytes: [1, 2, 3])
        let kept = Misbehaving.keptArguments
        let bytes = UnsafeRawBufferPointer(start: kept.bytes, count: Int(kept.length))
        #expect(Array(bytes) == [0xDD, 0xDD, 0xDD])
    }

    @Test func `stopping while a call runs is noticed`() async throws {
        let host = try host()
        _ = try host.begin("never")
        let error = #expect(throws: ContractViolation.self) { try host.stop() }
        #expect(error?.description == "stop was asked for while the call 1 (\"never\") ran")
    }

    @Test func `an entry of another version is refused with what differs`() {
        var entry = Misbehaving.entry
        entry.abi_major = 9
        #expect(throws: TestHostError.self) { try TestHost(entry: &entry) }
        entry = Misbehaving.entry
        entry.magic = 1
        let error = #expect(throws: TestHostError.self) { try TestHost(entry: &entry) }
        #expect(error?.description == "module_entry: the magic number is wrong; use MOD_MAGIC")
        entry = Misbehaving.entry
        entry.size = 16
        #expect(throws: TestHostError.self) { try TestHost(entry: &entry) }
    }

    @Test func `a task that is not there is answered with the nearest name`() async throws {
        let host = try host()
        let error = await #expect(throws: TestHostError.self) { try await host.call("twise") }
        #expect(error?.description.hasSuffix("did you mean \"twice\"?") == true)
    }
}
