import KernelTesting
import Testing

@testable import KernelSystem

struct LoopbackPortTests {
    @Test func `who listens is found, on whatever address, and nobody else`() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 1
               1: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1001 0 1
               2: 00000000:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 1
            """
        #expect(LoopbackPort.listeningUser(8_080, table: table) == 1_000)
        #expect(LoopbackPort.listeningUser(8_081, table: table) == nil)
        #expect(LoopbackPort.listeningUser(8_082, table: table) == 0)
        #expect(LoopbackPort.listeningUser(8_083, table: table) == nil)
        #expect(LoopbackPort.listeningUser(8_080, table: "what is this") == nil)
    }

    @Test func `a server of this process is ours, and a free port is nobody's`() throws {
        let server = try LoopbackServer { _, _ in }
        #expect(LoopbackPort.listeningUser(server.port) == ProcessFacts.user)
        #expect(LoopbackPort.listeningUser(try LoopbackPort.free()) == nil)
    }
}
