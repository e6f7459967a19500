import KernelSystem
import KernelTesting
import Testing

/// Where a socket is found that somebody else has made.
struct UnixSocketPathTests {
    @Test func `a socket says the path that it was bound to`() throws {
        let folder = try TemporaryFolder()
        let listener = try UnixSocket.listen(at: folder.file("elsewhere.sock"))
        #expect(UnixSocket.path(of: listener.raw) == folder.file("elsewhere.sock"))
        let client = try UnixSocket.connect(to: folder.file("elsewhere.sock"))
        #expect(UnixSocket.path(of: client.raw) == nil)
    }

    @Test func `a process that has ended has no line, and one that runs has its session`() {
        let own = ProcessStat(of: ProcessFacts.id)
        #expect((own?.threads ?? 0) > 0 && (own?.residentPages ?? 0) > 0)
        let line = "7 (a) b) S 1 7 5 0 -1 0 0 0 0 0 3 4 0 0 20 0 2 0 99 1000 12"
        let read = ProcessStat(line: Array(line.utf8))
        #expect(read?.session == 5 && read?.processorTicks == 7 && read?.threads == 2)
        #expect(read?.startTicks == 99 && read?.residentPages == 12)
        let headless = line.replacing(" S ", with: " Z ")
        #expect(read?.isHeadless == false)
        #expect(ProcessStat(line: Array(headless.utf8))?.isHeadless == true)
        let dead = headless.replacing(" 20 0 2 ", with: " 20 0 1 ")
        #expect(ProcessStat(line: Array(dead.utf8)) == nil)
    }
}
