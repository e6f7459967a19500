import Testing

@testable import KernelBus

@Suite struct BusTypeTests {
    @Test(arguments: [
        "", "s", "ybnqiuxtdsog", "as", "ay", "a{sv}", "a{ya(sib)}", "(s(iu)v)", "aaas", "a{sa{sv}}",
        String(repeating: "a", count: 32) + "s",
        String(repeating: "(", count: 32) + "i" + String(repeating: ")", count: 32),
        String(repeating: "s", count: 255),
    ])
    func `a signature is read, and written as it was`(signature: String) throws {
        #expect(try BusType.parse(signature).map(\.signature).joined() == signature)
    }

    @Test(arguments: [
        "z", "a", "(", ")", "()", "(s", "a{s}", "{sv}", "a{vs}", "a{(s)s}", "a{sss}", "a{s", "sa",
        "é", "a{}", "r", "e", "m", "s ", "\0",
        String(repeating: "a", count: 33) + "s",
        String(repeating: "(", count: 33) + "i" + String(repeating: ")", count: 33),
        String(repeating: "s", count: 256),
    ])
    func `what is no signature is refused`(signature: String) {
        let failure = #expect(throws: BusFailure.self) { try BusType.parse(signature) }
        #expect(failure?.kind == .invalid)
    }

    @Test(arguments: ["h", "ah", "a{sh}", "(ih)"])
    func `a file descriptor cannot be passed, and that is said`(signature: String) {
        let failure = #expect(throws: BusFailure.self) { try BusType.parse(signature) }
        #expect(failure?.kind == .unsupported)
        #expect(failure?.description.contains("file descriptor") == true)
    }
}
