import ApusEvents
import ApusFormats
import TestSupport
import Testing

@Suite struct LheReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let head = """
    <?xml version="1.0"?>
    <!-- by hand -->
    <LesHouchesEvents version="3.0">
    <header>
    <MGRunCard> 5 < 6 = ptj ! unbalanced </MGRunCard>
    <initrwgt>
    <weightgroup name="scale variation" combine="envelope">
    <weight id="1001" MUR="1.0"> muR=1 muF=1 </weight>
    <weight id='mu.R=2'> muR=2
       muF=&lt;1&gt; </weight>
    </weightgroup>
    <weightgroup type='PDF'><weight id="2001"></weight></weightgroup>
    </initrwgt>
    </header>
    <init>
    2212 2212 6.5e+03 6.5e+03 0 0 247000 247000 -4 1
    5.0e+02 1.0e+00 5.0e+02 1
    </init>

    """
  static let events = """
    <event npLO=" 2 ">
     3  66 -1.25000e+00 9.1188D+01 7.546771e-03 1.18e-01
      21 -1 0 0 501 502 0.0 0.0 1.0e2 1.0e2 0. 0. 9.
     -11  1 1 2 0 0 1.5 -2.5 3.5 4.5 0.000511 0 -1.
      12  1 1 2 0 0 -1.5 2.5 -3.5 4.5 0 0.25 1.
    # a comment with <event> in it
    <mgrwt> <rscale> 1 0.9E+02</rscale> </mgrwt>
    <rwgt>
    <wgt id='1001'> -1.25 </wgt>
    <wgt id="mu.R=2">+1.0e0</wgt>
    <wgt id="2001"> 0.5 </wgt>
    </rwgt>
    </event>
    <event>
     0 67 2 0 0 0
    <rwgt><wgt id="2001"> 7 </wgt><wgt id="new"> 8 </wgt></rwgt>
    </event>
    </LesHouchesEvents>

    """

  func read(_ text: String) throws -> EventTable { try readTable(folder.write(text, "t.lhe")) }

  @Test func eventsParticlesAndWeightsAreColumns() throws {
    let table = try read(Self.head + Self.events)
    #expect(table.count == 2)
    #expect(try table.column("process").values == .int64([66, 67]))
    #expect(try table.numbers("weight") == [-1.25, 2])
    #expect(try table.numbers("scale") == [91.188, 0])
    #expect(try table.numbers("alpha_qcd") == [0.118, 0])
    guard case .jagged(let id) = try table.column("particle_id").values,
      case .jagged(let px) = try table.column("particle_px").values,
      case .jagged(let spin) = try table.column("particle_spin").values,
      case .jagged(let color) = try table.column("particle_color2").values
    else {
      Issue.record("particles are not lists")
      return
    }
    #expect(id.offsets == [0, 3, 3])
    #expect(id.content == .integers(.int32([21, -11, 12])))
    #expect(px.content == .float64([0, 1.5, -1.5]))
    #expect(spin.content == .float64([9, -1, 1]))
    #expect(color.content == .integers(.int32([502, 0, 0])))
    #expect(try table.numbers("weight_1001")[0] == -1.25)
    #expect(try table.numbers("weight_1001")[1].isNaN)
    #expect(try table.numbers("weight_mu_R_2")[0] == 1)
    #expect(try table.numbers("weight_2001") == [0.5, 7])
    #expect(try table.numbers("weight_new")[0].isNaN && table.numbers("weight_new")[1] == 8)
  }

  @Test func titlesHoldTheHeadersWords() throws {
    let schema = try LheTable(folder.write(Self.head + Self.events, "t.lhe")).schema
    func title(_ name: String) -> String? { schema.first { $0.name == name }?.title }
    #expect(title("weight_1001") == "scale variation: muR=1 muF=1")
    #expect(title("weight_mu_R_2") == "scale variation: muR=2 muF=<1>")
    #expect(title("weight_2001") == "PDF")
    #expect(title("particle_px") == "px [GeV]")
  }

  @Test func weightsInOrderOfTheHeaderAndGzipAreRead() throws {
    let event = "<event>\n0 1 2 3 4 5\n<weights> 1.5 -2.5\n3.5 </weights>\n</event>\n"
    let text = Self.head + event + event + "</LesHouchesEvents>\n"
    let table = try read(text)
    #expect(try table.numbers("weight_1001") == [1.5, 1.5])
    #expect(try table.numbers("weight_mu_R_2") == [-2.5, -2.5])
    #expect(try table.numbers("weight_2001") == [3.5, 3.5])
    let bare = try read("<LesHouchesEvents version=\"1.0\">\n" + event + "</LesHouchesEvents>")
    #expect(try bare.numbers("weight_3") == [3.5])
    // Made by 'gzip' from the golden text; the same events.
    let zipped = try readTable(golden("events.lhe.gz"))
    #expect(try zipped.numbers("weight") == [-1.25, 2])
    #expect(try inspect(golden("events.lhe.gz")).text.contains("weight_2001"))
  }

  @Test func mistakesNameTheLine() throws {
    func words(_ text: String) -> String { message { _ = try read(text) } }
    let whole = Self.head + Self.events
    #expect(
      words(whole.replacing("</LesHouchesEvents>", with: "")).contains(
        "</LesHouchesEvents> must follow the last event (2 were read), but the file ends before"))
    #expect(
      words(whole.replacing("501 502", with: "501 x")).contains(
        "line 21: a particle's second colour must be a number, but it is 'x'"))
    #expect(
      words(whole.replacing("-11  1 1 2", with: "-11  1.5 1 2")).contains(
        "a particle's status must be a whole number, but it is 1.5"))
    #expect(
      words(whole.replacing(" 3  66", with: " 4  66")).contains(
        "line 25: a particle's id must follow, but a tag stands there"))
    #expect(
      words(whole.replacing(" 3  66", with: " 300  66")).contains("300 don't fit into the rest"))
    #expect(
      words(whole.replacing("</rwgt>\n</event>\n<event>", with: "</event>\n<event>")).contains(
        "line 26: <rwgt> must be closed within its event"))
    #expect(
      words(whole.replacing("</event>", with: "")).contains(
        "an event must be closed before the next"))
    #expect(
      words(whole.replacing("</initrwgt>", with: "")).contains("line 6: <initrwgt> must be closed"))
    #expect(words(whole.replacing("id=\"2001\"></w", with: "></w")).contains("must have an id"))
  }

  @Test func anyBytesGiveATableOrAnError() throws {
    let path = try folder.write(Self.head + Self.events, "whole.lhe")
    try checkReader(path, flips: 4000, cutsMayRead: true) { _ = try readLHE($0) }
  }
}
