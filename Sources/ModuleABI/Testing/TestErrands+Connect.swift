internal import CModuleABI
internal import Glibc
internal import ModuleJSON
internal import ModuleKit

/// The connections of the module under test.
extension TestErrands {
    func connect(_ order: JSON, _ line: Line) async throws -> Outcome {
        let place = PermittedPlace(
            host: order["host"]?.string ?? "", port: Int(order["port"]?.integer ?? 0))
        try check(place, MOD_SERVICE_CONNECT)
        guard let server = outside.connections else {
            throw Failure(
                "connect: the test gives nobody who takes connections; set connections of Outside",
                .notFound)
        }
        var ends: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw Failure("connect: no sockets could be made: \(errno)")
        }
        let other = StreamSocket(owning: ends[0])
        defer { other.shutDown() }
        line.tell(UInt32(MOD_CONNECT_OPENED), UInt32(ends[1]), [])
        try await withTaskCancellationHandler {
            try await server(ConnectionStandIn("\(place)", other))
            other.finishWriting()
            // The module's side ends it.
            while true { try await Task.sleep(for: .seconds(3_600)) }
        } onCancel: {
            other.shutDown()
        }
        return Outcome()
    }
}
