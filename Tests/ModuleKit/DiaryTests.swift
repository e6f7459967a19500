import ModuleKit
import ModuleKitTesting
import Testing

struct DiaryTests {
    @Test func `an entry is put into the storage`() async throws {
        let host = try TestHost(
            Diary.self,
            modules: [
                "storage.put": .json { arguments in
                    #expect(arguments == ["key": "today", "value": "rain"])
                    return ["number": 7]
                }
            ])
        #expect(try await host.call("write", ["text": "rain"]).text == "entry 7")
        try host.close()
    }

    @Test func `what the storage says is what the caller hears`() async throws {
        let host = try TestHost(
            Diary.self,
            modules: ["storage.put": .json { _ in throw Failure("the disk is full", .limit) }])
        let outcome = try await host.call("write", ["text": "rain"])
        #expect(outcome.status == .limit)
        #expect(outcome.message == "the disk is full")
        try host.close()
    }
}
