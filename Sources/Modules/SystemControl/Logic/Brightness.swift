package import Desktop
import Glibc

/// Reads and sets the brightness of the screens.
package struct Brightness: Sendable {
    /// A folder as /sys/class/backlight.
    package var folder: String
    /// The bus that logind is on; nil: the system's own.
    package var busAddress: String?

    package struct Screen: Sendable, Equatable, Encodable {
        package let name: String
        package let percent: Int
        package let isDefault: Bool
    }

    package init(folder: String, busAddress: String? = nil) {
        self.folder = folder
        self.busAddress = busAddress
    }

    /// All screens, the one that is meant when none is named first.
    package func screens() throws(DesktopError) -> [Screen] {
        let found = backlights()
        if found.isEmpty { throw noScreen }
        return found.enumerated().map { index, backlight in
            Screen(name: backlight.name, percent: backlight.percent, isDefault: index == 0)
        }
    }

    /// Sets one screen and returns what it says of itself afterwards.
    package func set(
        _ level: Level, of name: String?, lowestPercent: Int
    ) throws(DesktopError) -> Screen {
        if case .percent(let percent) = level, percent > 100 {
            throw DesktopError(.invalid, "\(percent) % is too bright: 100 is the most")
        }
        let found = backlights()
        guard let first = found.first else { throw noScreen }
        guard let backlight = found.first(where: { $0.name == name ?? first.name }) else {
            let names = found.map(\.name).joined(separator: ", ")
            throw DesktopError(.notFound, "there is no screen \"\(name ?? "")\": there is \(names)")
        }
        let value = backlight.value(for: level, lowestPercent: lowestPercent)
        try write(value, to: backlight)
        guard let after = Backlight(name: backlight.name, folder: backlight.folder) else {
            throw DesktopError(.failed, "the screen \(backlight.name) went away")
        }
        return Screen(
            name: after.name, percent: after.percent, isDefault: after.name == first.name)
    }

    private var noScreen: DesktopError {
        DesktopError(
            .notFound,
            "this machine has no screen whose brightness can be set: \(folder) is empty "
                + "(external screens are set by their own buttons)")
    }

    private func backlights() -> [Backlight] {
        SmallFile.names(in: folder)
            .compactMap { Backlight(name: $0, folder: "\(folder)/\($0)") }
            .sorted { ($0.rank, $0.name) < ($1.rank, $1.name) }
    }

    /// The file belongs to root; logind writes it for whoever sits at the machine.
    private func write(_ value: Int, to backlight: Backlight) throws(DesktopError) {
        let refusal: DesktopError
        do throws(DesktopError) {
            return try askLogind(value, backlight)
        } catch {
            refusal = error
        }
        let path = "\(backlight.folder)/brightness"
        let status = SmallFile.write("\(value)\n", to: path)
        guard status != 0 else { return }
        throw DesktopError(
            status == EACCES || status == EPERM ? .denied : .failed,
            "the brightness of \(backlight.name) could not be set: \(refusal); "
                + "\(path): \(SmallFile.reason(status)). It takes a session at the machine "
                + "itself, or the right to write that file (group video, by a udev rule)")
    }

    private func askLogind(_ value: Int, _ backlight: Backlight) throws(DesktopError) {
        let bus = try Bus(.system, address: busAddress)
        let session = Bus.Target(
            "org.freedesktop.login1", "/org/freedesktop/login1/session/auto",
            "org.freedesktop.login1.Session")
        _ = try bus.call(
            session, "SetBrightness",
            [.string("backlight"), .string(backlight.name), .uint32(UInt32(value))])
    }
}
