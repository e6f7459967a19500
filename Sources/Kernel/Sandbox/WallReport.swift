import KernelBase

/// Which walls stand around a worker, as the worker says.
package struct WallReport: Sendable, Hashable, CustomStringConvertible {
    package enum Wall: UInt8, Sendable, Hashable, CaseIterable {
        case files = 0
        case systemCalls = 1
        case privileges = 2
        case limits = 3
        case users = 4
        case network = 5
        case ipc = 6

        package var name: String {
            switch self {
            case .files: "files (Landlock)"
            case .systemCalls: "system calls (seccomp)"
            case .privileges: "privileges"
            case .limits: "limits"
            case .users: "user namespace"
            case .network: "network namespace"
            case .ipc: "IPC namespace"
            }
        }

        /// Without it a module from elsewhere is not opened. The namespaces keep out what the
        /// filter of system calls keeps out already.
        package var isRequired: Bool {
            switch self {
            case .files, .systemCalls, .privileges, .limits: true
            case .users, .network, .ipc: false
            }
        }
    }

    /// Why a wall does not stand; those that are not named stand.
    package private(set) var missing: [Wall: String]
    /// The version of Landlock; 0: none.
    package let landlockVersion: Int
    /// What was asked to be open and is not there.
    package private(set) var absentPaths: [String]

    package init(
        missing: [Wall: String] = [:], landlockVersion: Int, absentPaths: [String] = []
    ) {
        self.missing = missing
        self.landlockVersion = landlockVersion
        self.absentPaths = absentPaths
    }

    package var standing: [Wall] { Wall.allCases.filter { missing[$0] == nil } }

    /// Why a module that needs walls cannot be opened here; nil if it can.
    package var problem: String? {
        let reasons = Wall.allCases.filter(\.isRequired).compactMap { wall in
            missing[wall].map { "\(wall.name): \($0)" }
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    package var description: String {
        let up = standing.map(\.name).joined(separator: ", ")
        let down = Wall.allCases.compactMap { wall in
            missing[wall].map { "\(wall.name): \($0)" }
        }
        return (up.isEmpty ? "no walls" : up)
            + (down.isEmpty ? "" : "; missing: " + down.joined(separator: "; "))
    }
}

extension WallReport {
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(landlockVersion))
        writer.write(UInt32(missing.count))
        for wall in Wall.allCases {
            guard let reason = missing[wall] else { continue }
            writer.write(wall.rawValue)
            writer.write(reason)
        }
        writer.write(UInt32(absentPaths.count))
        for path in absentPaths { writer.write(path) }
        return writer.bytes
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        landlockVersion = Int(try reader.number(UInt32.self))
        missing = [:]
        for _ in 0..<(try reader.number(UInt32.self)) {
            let number: UInt8 = try reader.number()
            let reason = try reader.text()
            if let wall = Wall(rawValue: number) { missing[wall] = reason }
        }
        absentPaths = []
        for _ in 0..<(try reader.number(UInt32.self)) { absentPaths.append(try reader.text()) }
    }
}
