import KernelBase
import ModuleJSON

/// Reads values of known types from JSON. What does not fit is refused with its place.
///
/// A dictionary whose keys are texts is an object, any other one a list of pairs; a structure is a
/// list; a variant is {"signature": …, "value": …}. Of 64-bit numbers those that a Double does not
/// hold exactly may be texts of digits.
struct BusValueReader {
    private let place: String
    private let depth: Int

    /// The bus allows no more containers inside each other.
    private static let depthMax = 64

    private init(_ place: String, depth: Int) {
        self.place = place
        self.depth = depth
    }

    static func values(
        _ list: [JSON], _ types: [BusType], signature: String
    ) throws(BusFailure) -> [BusValue] {
        guard list.count == types.count else {
            throw BusFailure(
                .invalid,
                "\"arguments\" has \(list.count) values, and the signature \"\(signature)\" "
                    + "\(types.count)")
        }
        var values: [BusValue] = []
        for (index, type) in types.enumerated() {
            values.append(
                try BusValueReader("arguments[\(index)]", depth: 0).value(list[index], type))
        }
        return values
    }

    private func value(_ json: JSON, _ type: BusType) throws(BusFailure) -> BusValue {
        switch type {
        case .basic(let code): return try basic(json, code)
        case .array(.basic(UInt8(ascii: "y"))): return try bytes(json)
        case .array(let element): return .array(element, try list(json, element))
        case .dictionary(let key, let value):
            return .dictionary(key: key, value, try entries(json, key, value))
        case .structure(let fields): return .structure(fields, try structure(json, fields))
        case .variant: return try variant(json)
        }
    }

    private func inner(_ step: String) throws(BusFailure) -> BusValueReader {
        guard depth < Self.depthMax else {
            throw BusFailure(
                .invalid, "\(place) has more than \(Self.depthMax) containers inside each other")
        }
        return BusValueReader(place + step, depth: depth + 1)
    }

    private func isNot(_ what: String) -> BusFailure {
        BusFailure(.invalid, "\(place) is not \(what)")
    }

    // MARK: Basic types

    private func basic(_ json: JSON, _ code: UInt8) throws(BusFailure) -> BusValue {
        switch code {
        case UInt8(ascii: "y"): return .byte(try whole(json))
        case UInt8(ascii: "n"): return .int16(try whole(json))
        case UInt8(ascii: "q"): return .uint16(try whole(json))
        case UInt8(ascii: "i"): return .int32(try whole(json))
        case UInt8(ascii: "u"): return .uint32(try whole(json))
        case UInt8(ascii: "x"): return .int64(try whole(json))
        case UInt8(ascii: "t"): return .uint64(try whole(json))
        case UInt8(ascii: "d"): return .double(try double(json))
        case UInt8(ascii: "b"):
            guard let flag = json.bool else { throw isNot("true or false") }
            return .bool(flag)
        default: return .text(code, try text(json, code))
        }
    }

    private func whole<Number: FixedWidthInteger>(_ json: JSON) throws(BusFailure) -> Number {
        let number =
            json.integer.flatMap { Number(exactly: $0) }
            ?? (Number.bitWidth == 64 ? json.string.flatMap { Number($0, radix: 10) } : nil)
        guard let number else {
            throw isNot("a whole number between \(Number.min) and \(Number.max)")
        }
        return number
    }

    private func double(_ json: JSON) throws(BusFailure) -> Double {
        if let number = json.number { return number }
        switch json.string {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: throw isNot("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
        }
    }

    private func text(_ json: JSON, _ code: UInt8) throws(BusFailure) -> String {
        guard let text = json.string, !text.utf8.contains(0) else {
            throw isNot("a text without a zero in it")
        }
        if code == UInt8(ascii: "o"), !BusText.isPath(text) {
            throw isNot("the path of an object, such as \"/org/example/Object\"")
        }
        if code == UInt8(ascii: "g") {
            do throws(BusFailure) { _ = try BusType.parse(text) } catch {
                throw BusFailure(error.kind, "\(place): \(error)")
            }
        }
        return text
    }

    // MARK: Containers

    private func bytes(_ json: JSON) throws(BusFailure) -> BusValue {
        guard let list = json.array else { throw isNot("a list of bytes") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(list.count)
        for (index, item) in list.enumerated() {
            bytes.append(try BusValueReader("\(place)[\(index)]", depth: depth).whole(item))
        }
        return .bytes(bytes)
    }

    private func list(_ json: JSON, _ element: BusType) throws(BusFailure) -> [BusValue] {
        guard let list = json.array else { throw isNot("a list") }
        var values: [BusValue] = []
        for (index, item) in list.enumerated() {
            values.append(try inner("[\(index)]").value(item, element))
        }
        return values
    }

    private func structure(_ json: JSON, _ fields: [BusType]) throws(BusFailure) -> [BusValue] {
        guard let list = json.array, list.count == fields.count else {
            throw isNot("a list of \(fields.count) values")
        }
        var values: [BusValue] = []
        for (index, field) in fields.enumerated() {
            values.append(try inner("[\(index)]").value(list[index], field))
        }
        return values
    }

    private func entries(
        _ json: JSON, _ key: UInt8, _ value: BusType
    ) throws(BusFailure) -> [BusValue.Entry] {
        var entries: [BusValue.Entry] = []
        if key.isTextOfBus {
            guard let object = json.object else { throw isNot("an object") }
            for (name, item) in object {
                let inner = try inner("[\"\(name)\"]")
                entries.append(
                    .init(
                        key: try inner.basic(.string(name), key),
                        value: try inner.value(item, value)))
            }
            return entries
        }
        guard let list = json.array else { throw isNot("a list of pairs [key, value]") }
        for (index, item) in list.enumerated() {
            guard let pair = item.array, pair.count == 2 else {
                throw isNot("a list of pairs [key, value]")
            }
            let inner = try inner("[\(index)]")
            entries.append(
                .init(key: try inner.basic(pair[0], key), value: try inner.value(pair[1], value)))
        }
        return entries
    }

    private func variant(_ json: JSON) throws(BusFailure) -> BusValue {
        guard let object = json.object, object.count == 2,
            let signature = json["signature"]?.string,
            let value = json["value"]
        else { throw isNot("{\"signature\": …, \"value\": …}") }
        let types: [BusType]
        do throws(BusFailure) { types = try BusType.parse(signature) } catch {
            throw BusFailure(error.kind, "\(place): \(error)")
        }
        guard types.count == 1, let type = types.first else {
            throw BusFailure(.invalid, "\(place): a variant holds one value")
        }
        return .variant(type, try inner(".value").value(value, type))
    }
}

extension UInt8 {
    /// Whether the type of this code is written as a text: `s`, `o`, `g`.
    var isTextOfBus: Bool { "sog".utf8.contains(self) }
}
