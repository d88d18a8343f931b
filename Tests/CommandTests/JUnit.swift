import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What a JUnit report says.
final class JUnit: NSObject, XMLParserDelegate {
    struct NotWellFormed: Error { var reason: String }

    private(set) var attributes: [String: String] = [:]
    private(set) var cases: [String] = []
    private(set) var failures = 0
    private(set) var errors = 0

    init(_ text: String) throws {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        guard parser.parse() else { throw NotWellFormed(reason: "\(String(describing: parser.parserError))") }
    }

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        switch element {
        case "testsuite": self.attributes = attributes
        case "testcase": cases.append(attributes["name"] ?? "")
        case "failure": failures += 1
        case "error": errors += 1
        default: break
        }
    }
}
