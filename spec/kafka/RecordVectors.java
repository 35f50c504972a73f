import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.compress.Lz4BlockOutputStream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.LegacyRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.xerial.snappy.Snappy;

/**
 * Record batches as Kafka's own classes write and read them, a line of JSON each.
 *
 * Without arguments it prints {name, hex, batches} of every format, compression and attribute, and {name, murmur2} at
 * the end. With "read" it reads lines of hex from standard input, and prints the batches of each, or {error}.
 */
public class RecordVectors {
    static final HexFormat HEX = HexFormat.of();
    static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    static final long NOW = 1_763_800_000_000L;
    static Random random = new Random(20260513);

    public static void main(String[] args) throws Exception {
        if (args.length == 0) vectors();
        else read();
        OUT.flush();
    }

    static void read() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                OUT.println(batchesOf(HEX.parseHex(line)));
            } catch (Exception e) {
                OUT.println("{\"error\":\"" + e.toString().replaceAll("[^ -!#-\\[\\]-~]", "?") + "\"}");
            }
        }
    }

    // ---- what Java reads

    static String batchesOf(byte[] bytes) {
        List<String> batches = new ArrayList<>();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.ensureValid();
            batches.add(batchOf(batch));
        }
        return "[" + String.join(",", batches) + "]";
    }

    static String batchOf(RecordBatch batch) {
        List<String> records = new ArrayList<>();
        for (Record record : batch) {
            record.ensureValid();
            records.add(recordOf(batch, record));
        }
        return "{\"magic\":" + batch.magic()
            + ",\"baseOffset\":\"" + batch.baseOffset() + "\""
            + ",\"lastOffset\":\"" + batch.lastOffset() + "\""
            + ",\"compression\":\"" + batch.compressionType().name + "\""
            + ",\"timestampType\":\"" + batch.timestampType().name + "\""
            + ",\"maxTimestamp\":\"" + batch.maxTimestamp() + "\""
            + ",\"producerId\":\"" + batch.producerId() + "\""
            + ",\"producerEpoch\":" + batch.producerEpoch()
            + ",\"baseSequence\":" + batch.baseSequence()
            + ",\"isTransactional\":" + batch.isTransactional()
            + ",\"isControl\":" + batch.isControlBatch()
            + ",\"partitionLeaderEpoch\":" + batch.partitionLeaderEpoch()
            + ",\"deleteHorizon\":"
            + (batch.deleteHorizonMs().isPresent() ? "\"" + batch.deleteHorizonMs().getAsLong() + "\"" : "null")
            + ",\"sizeInBytes\":" + batch.sizeInBytes()
            + ",\"records\":[" + String.join(",", records) + "]}";
    }

    static String recordOf(RecordBatch batch, Record record) {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            byte[] key = header.key().getBytes(StandardCharsets.UTF_8);
            headers.add("{\"key\":" + hex(key) + ",\"value\":" + hex(header.value()) + "}");
        }
        String control = "";
        if (batch.isControlBatch()) {
            ControlRecordType type = ControlRecordType.parse(record.key());
            boolean isMarker = type == ControlRecordType.ABORT || type == ControlRecordType.COMMIT;
            control = ",\"control\":\"" + type + "\",\"coordinatorEpoch\":"
                + (isMarker ? EndTransactionMarker.deserialize(record).coordinatorEpoch() : "null");
        }
        return "{\"offset\":\"" + record.offset() + "\""
            + ",\"timestamp\":\"" + record.timestamp() + "\""
            + ",\"key\":" + hex(record.key())
            + ",\"value\":" + hex(record.value())
            + ",\"headers\":[" + String.join(",", headers) + "]" + control + "}";
    }

    static String hex(ByteBuffer bytes) {
        return bytes == null ? "null" : hex(Utils.toArray(bytes));
    }

    static String hex(byte[] bytes) {
        return bytes == null ? "null" : "\"" + HEX.formatHex(bytes) + "\"";
    }

    // ---- what Java writes

    static void print(String name, byte[] bytes) {
        OUT.println("{\"name\":\"" + name + "\",\"hex\":\"" + HEX.formatHex(bytes) + "\",\"batches\":" + batchesOf(bytes) + "}");
    }

    static void vectors() throws Exception {
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType type : CompressionType.values()) {
                if (magic < 2 && type == CompressionType.ZSTD) continue;
                formats("magic " + magic + " " + type.name, magic, Compression.of(type).build());
            }
        }
        levels();
        frames();
        attributes();
        sequences();
        murmur2();
    }

    static void formats(String name, byte magic, Compression compression) {
        print(name + ": one record", build(magic, compression, TimestampType.CREATE_TIME, builder -> {
            append(builder, 0, NOW, bytes("key"), bytes("value"), new Header[0]);
        }));
        print(name + ": nulls and empties", build(magic, compression, TimestampType.CREATE_TIME, builder -> {
            append(builder, 0, NOW, null, bytes("v"), new Header[0]);
            append(builder, 1, NOW, bytes("k"), null, new Header[0]);
            append(builder, 2, NOW, null, null, new Header[0]);
            append(builder, 3, NOW, new byte[0], new byte[0], new Header[0]);
        }));
        for (int i = 0; i < 3; i++) {
            print(name + ": random " + i, build(magic, compression, TimestampType.CREATE_TIME, builder -> {
                long offset = random.nextInt(1000);
                for (int n = 0; n < 12; n++) {
                    append(builder, offset, NOW + random.nextInt(100_000), some(20), some(120), headers(magic));
                    offset += 1 + random.nextInt(magic == 0 ? 1 : 5);
                }
            }));
        }
        print(name + ": many blocks", build(magic, compression, TimestampType.CREATE_TIME, builder -> {
            for (int n = 0; n < 40; n++) {
                byte[] value = bytes(("record " + n + " of a run that is longer than any block. ").repeat(60 + n));
                append(builder, n, NOW + n, bytes("key" + n % 7), value, new Header[0]);
            }
        }));
        if (magic > 0) {
            print(name + ": log append time", build(magic, compression, TimestampType.LOG_APPEND_TIME, builder -> {
                for (int n = 0; n < 3; n++) append(builder, n, NOW - n, some(4), some(10), headers(magic));
            }));
        }
    }

    interface Fill {
        void into(MemoryRecordsBuilder builder) throws Exception;
    }

    static byte[] build(byte magic, Compression compression, TimestampType type, Fill fill) {
        return build(magic, compression, magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : type, 0, -1, (short) -1, -1, false, false, -1, -1, fill);
    }

    static byte[] build(byte magic, Compression compression, TimestampType type, long baseOffset, long producerId,
                        short producerEpoch, int baseSequence, boolean isTransactional, boolean isControl,
                        int leaderEpoch, long deleteHorizon, Fill fill) {
        try {
            MemoryRecordsBuilder builder = new MemoryRecordsBuilder(new ByteBufferOutputStream(1024), magic, compression,
                type, baseOffset, type == TimestampType.LOG_APPEND_TIME ? NOW + 77 : -1, producerId, producerEpoch,
                baseSequence, isTransactional, isControl, leaderEpoch, 1024, deleteHorizon);
            fill.into(builder);
            return Utils.toArray(builder.build().buffer());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static void append(MemoryRecordsBuilder builder, long offset, long timestamp, byte[] key, byte[] value, Header[] headers) {
        builder.appendWithOffset(offset, timestamp, key, value, headers);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] some(int most) {
        if (random.nextInt(6) == 0) return null;
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    static Header[] headers(byte magic) {
        Header[] headers = new Header[magic < 2 || random.nextBoolean() ? 0 : 1 + random.nextInt(3)];
        String[] keys = {"a", "", "trace-id", "\u00fc\u4e2d\ud83d\ude00", "a"};
        for (int i = 0; i < headers.length; i++) headers[i] = new RecordHeader(keys[random.nextInt(keys.length)], some(12));
        return headers;
    }

    static void levels() {
        Fill fill = builder -> {
            for (int n = 0; n < 40; n++) append(builder, n, NOW, bytes("k" + n), bytes("level " + n * n * 31), new Header[0]);
        };
        for (int level : new int[] {1, 9})
            print("gzip level " + level, build((byte) 2, Compression.gzip().level(level).build(), TimestampType.CREATE_TIME, fill));
        for (int level : new int[] {1, 12, 17})
            print("lz4 level " + level, build((byte) 2, Compression.lz4().level(level).build(), TimestampType.CREATE_TIME, fill));
        for (int level : new int[] {-5, 1, 19, 22})
            print("zstd level " + level, build((byte) 2, Compression.zstd().level(level).build(), TimestampType.CREATE_TIME, fill));
    }

    interface Wrap {
        OutputStream over(OutputStream out) throws Exception;
    }

    /** Framings that other clients write and Java reads, around the records of an uncompressed batch. */
    static void frames() throws Exception {
        Fill fill = builder -> {
            for (int n = 0; n < 30; n++) {
                byte[] noise = new byte[3000];
                if (n % 10 == 0) random.nextBytes(noise);
                append(builder, n, NOW, bytes("k" + n), noise, new Header[0]);
            }
        };
        byte[] plain = build((byte) 2, Compression.NONE, TimestampType.CREATE_TIME, fill);
        byte[] records = Arrays.copyOfRange(plain, 61, plain.length);
        byte[] half = Arrays.copyOfRange(records, 0, 40_000);
        byte[] rest = Arrays.copyOfRange(records, 40_000, records.length);
        for (int size = 4; size <= 7; size++) {
            int blockSize = size;
            print("lz4 blocks of size " + size + " with checksums",
                framed(plain, 3, wrapped(records, out -> new Lz4BlockOutputStream(out, blockSize, 1, true, false))));
        }
        print("snappy without framing", framed(plain, 2, Snappy.compress(records)));
        print("snappy streams end to end", framed(plain, 2, joined(
            wrapped(half, org.xerial.snappy.SnappyOutputStream::new), wrapped(rest, org.xerial.snappy.SnappyOutputStream::new))));
        print("snappy chunks of 1 KiB",
            framed(plain, 2, wrapped(records, out -> new org.xerial.snappy.SnappyOutputStream(out, 1024))));
        print("gzip members end to end",
            framed(plain, 1, joined(wrapped(half, GZIPOutputStream::new), wrapped(rest, GZIPOutputStream::new))));
        print("zstd with its size", framed(plain, 4, Zstd.compress(records, 3)));
        print("zstd with a checksum", framed(plain, 4, wrapped(records, out -> {
            ZstdOutputStream zstd = new ZstdOutputStream(out, 3);
            zstd.setChecksum(true);
            return zstd;
        })));
        print("zstd frames end to end", framed(plain, 4, joined(Zstd.compress(half, 1), Zstd.compress(rest, 9))));
        byte[] skippable = HEX.parseHex("502a4d1803000000616263");
        print("zstd behind a skippable frame", framed(plain, 4, joined(skippable, Zstd.compress(records, 3))));
    }

    static byte[] wrapped(byte[] bytes, Wrap wrap) throws Exception {
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        try (OutputStream out = wrap.over(sink)) {
            out.write(bytes);
        }
        return sink.toByteArray();
    }

    static byte[] joined(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    static byte[] framed(byte[] plain, int compression, byte[] records) {
        MutableRecordBatch batch = MemoryRecords.readableRecords(ByteBuffer.wrap(plain)).batches().iterator().next();
        ByteBuffer buffer = ByteBuffer.allocate(61 + records.length);
        buffer.position(61);
        buffer.put(records);
        buffer.position(0);
        DefaultRecordBatch.writeHeader(buffer, batch.baseOffset(), (int) batch.lastOffset(), buffer.capacity(), (byte) 2,
            CompressionType.forId(compression), TimestampType.CREATE_TIME, NOW, batch.maxTimestamp(), -1, (short) -1, -1,
            false, false, false, -1, batch.countOrNull());
        return buffer.array();
    }

    static void attributes() {
        Fill fill = builder -> {
            for (int n = 0; n < 3; n++) append(builder, 1000 + n, NOW + n, bytes("k" + n), bytes("v" + n), new Header[0]);
        };
        for (CompressionType type : new CompressionType[] {CompressionType.NONE, CompressionType.GZIP}) {
            Compression compression = Compression.of(type).build();
            TimestampType created = TimestampType.CREATE_TIME;
            print(type.name + ": idempotent", build((byte) 2, compression, created, 1000, 4711, (short) 3, 17, false, false, 5, -1, fill));
            print(type.name + ": transactional", build((byte) 2, compression, created, 1000, Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE, true, false, Integer.MAX_VALUE, -1, fill));
            print(type.name + ": delete horizon", build((byte) 2, compression, created, 990, -1, (short) -1, -1, false, false, 0, NOW + 86_400_000, fill));
            print(type.name + ": delete horizon of a transaction", build((byte) 2, compression, created, 990, 7, (short) 0, 0, true, false, 0, NOW - 1, fill));
            print(type.name + ": transactional, log append time", build((byte) 2, compression, TimestampType.LOG_APPEND_TIME, 1000, 8, (short) 1, 2, true, false, 3, -1, fill));
            print(type.name + ": last offset beyond the records", build((byte) 2, compression, created, 990, 7, (short) 0, 0, false, false, 0, -1, builder -> {
                fill.into(builder);
                builder.overrideLastOffset(2_000_000_000);
            }));
            print(type.name + ": times far apart", build((byte) 2, compression, created, 0, -1, (short) -1, -1, false, false, -1, -1, builder -> {
                long[] times = {NOW, 0, -1, 1, NOW - 1, NOW + 63, NOW + 64, NOW - 64, NOW - 65, NOW + 8191, NOW + 8192, NOW + (1 << 27),
                    NOW + (1L << 31), NOW - (1L << 31), NOW + (1L << 34), Integer.MAX_VALUE, 1L << 52, (1L << 52) + 1, 1L << 53, (1L << 53) + 1,
                    1L << 60, Long.MAX_VALUE - 1, Long.MAX_VALUE};
                for (int n = 0; n < times.length; n++) append(builder, n, times[n], null, bytes("t"), new Header[0]);
            }));
            print(type.name + ": offsets far apart", build((byte) 2, compression, created, 9_000_000_000_000_000_000L, -1, (short) -1, -1, false, false, -1, -1, builder -> {
                int[] deltas = {0, 63, 64, 8191, 8192, (1 << 20) - 1, 1 << 20, (1 << 27) - 1, 1 << 27, Integer.MAX_VALUE - 1, Integer.MAX_VALUE};
                for (int delta : deltas) append(builder, 9_000_000_000_000_000_000L + delta, NOW, null, bytes("o"), new Header[0]);
            }));
            print(type.name + ": lengths around each varint", build((byte) 2, compression, created, 0, -1, (short) -1, -1, false, false, -1, -1, builder -> {
                int[] lengths = {0, 1, 62, 63, 64, 65, 8190, 8191, 8192};
                for (int n = 0; n < lengths.length; n++)
                    append(builder, n, NOW, new byte[lengths[n]], new byte[lengths[lengths.length - 1 - n]], new Header[0]);
            }));
            print(type.name + ": many headers", build((byte) 2, compression, created, 0, -1, (short) -1, -1, false, false, -1, -1, builder -> {
                Header[] headers = new Header[130];
                for (int n = 0; n < headers.length; n++) headers[n] = new RecordHeader("h" + n % 5, n % 3 == 0 ? null : bytes("x".repeat(n)));
                append(builder, 0, NOW, bytes("k"), bytes("v"), headers);
                append(builder, 1, NOW, bytes("k"), bytes("v"), new Header[0]);
            }));
        }
        for (ControlRecordType type : new ControlRecordType[] {ControlRecordType.COMMIT, ControlRecordType.ABORT}) {
            print("control: " + type, build((byte) 2, Compression.NONE, TimestampType.CREATE_TIME, 55, 99, (short) 4, -1, true, true, 6, -1,
                builder -> builder.appendEndTxnMarker(NOW, new EndTransactionMarker(type, 123456))));
        }
        print("control: delete horizon", build((byte) 2, Compression.NONE, TimestampType.CREATE_TIME, 55, 99, (short) 4, -1, true, true, 6, NOW + 5,
            builder -> builder.appendEndTxnMarker(NOW, new EndTransactionMarker(ControlRecordType.COMMIT, 0))));
        print("control: of the quorum", build((byte) 2, Compression.NONE, TimestampType.CREATE_TIME, 55, -1, (short) -1, -1, false, true, 6, -1, builder -> {
            builder.appendLeaderChangeMessage(NOW, new LeaderChangeMessage().setLeaderId(3));
            builder.appendSnapshotHeaderMessage(NOW, new SnapshotHeaderRecord().setLastContainedLogTimestamp(NOW));
            builder.appendKRaftVersionMessage(NOW, new KRaftVersionRecord().setKRaftVersion((short) 1));
            builder.appendSnapshotFooterMessage(NOW, new SnapshotFooterRecord());
        }));
        ByteBuffer empty = ByteBuffer.allocate(61);
        DefaultRecordBatch.writeEmptyHeader(empty, (byte) 2, 12, (short) 3, 45, 100, 119, 7, TimestampType.CREATE_TIME, NOW, true, false);
        print("empty: all compacted away", empty.array());
        ByteBuffer control = ByteBuffer.allocate(61);
        DefaultRecordBatch.writeEmptyHeader(control, (byte) 2, 12, (short) 3, -1, 120, 120, 7, TimestampType.LOG_APPEND_TIME, NOW, true, true);
        print("empty: a marker compacted away", control.array());
    }

    static void sequences() throws Exception {
        Fill fill = builder -> append(builder, 0, NOW, bytes("k"), bytes("v"), new Header[0]);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte magic = 0; magic <= 2; magic++) {
            all.write(build(magic, Compression.NONE, TimestampType.CREATE_TIME, fill));
            all.write(build(magic, Compression.gzip().build(), TimestampType.CREATE_TIME, fill));
        }
        byte[] bytes = all.toByteArray();
        print("several: of all formats", bytes);
        print("several: the last cut in its records", Arrays.copyOf(bytes, bytes.length - 5));
        print("several: the last cut in its length", Arrays.copyOf(bytes, bytes.length - build((byte) 2, Compression.gzip().build(), TimestampType.CREATE_TIME, fill).length + 10));
        print("several: none", new byte[0]);
        print("several: a cut one alone", Arrays.copyOf(build((byte) 2, Compression.NONE, TimestampType.CREATE_TIME, fill), 40));
        // Relative offsets as the oldest librdkafka left them: the wrapper's own is 0.
        byte[] wrapper = build((byte) 1, Compression.gzip().build(), TimestampType.CREATE_TIME, builder -> {
            for (int n = 0; n < 3; n++) append(builder, n, NOW + n, null, bytes("w" + n), new Header[0]);
        });
        Arrays.fill(wrapper, 0, 8, (byte) 0);
        print("magic 1 with a wrapper at offset 0", wrapper);
        wrapper[6] = 4;
        print("magic 1 with a wrapper at offset 1024", wrapper);
        LegacyRecord inner = LegacyRecord.create((byte) 0, -1, null, bytes("old"), CompressionType.NONE, TimestampType.CREATE_TIME);
        byte[] message = Utils.toArray(inner.buffer());
        ByteBuffer set = ByteBuffer.allocate(12 + message.length).putLong(0).putInt(message.length).put(message);
        byte[] value = wrapped(set.array(), GZIPOutputStream::new);
        LegacyRecord outer = LegacyRecord.create((byte) 1, NOW, null, value, CompressionType.GZIP, TimestampType.CREATE_TIME);
        byte[] mixed = Utils.toArray(outer.buffer());
        print("magic 1 around magic 0", ByteBuffer.allocate(12 + mixed.length).putLong(9).putInt(mixed.length).put(mixed).array());
    }

    static void murmur2() {
        List<String> hashes = new ArrayList<>();
        for (int length = 0; length < 200; length++) {
            byte[] key = new byte[length < 130 ? length : random.nextInt(3000)];
            random.nextBytes(key);
            hashes.add("{\"key\":" + hex(key) + ",\"hash\":" + Utils.murmur2(key) + ",\"positive\":" + Utils.toPositive(Utils.murmur2(key)) + "}");
        }
        OUT.println("{\"name\":\"murmur2\",\"murmur2\":[" + String.join(",", hashes) + "]}");
    }
}
