import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints all records that a topic has when it starts, as Java's consumer reads them, one a line: partition, offset,
 * timestamp, key, value, then a name and a value for each header. Bytes and names are base64, null is a dash.
 *
 *     java -cp CLASS_PATH ReadRecords.java bootstrap topic read_committed|read_uncommitted
 */
class ReadRecords {
    public static void main(String[] args) {
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0], "isolation.level", args[2]);
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
            List<TopicPartition> partitions = consumer.partitionsFor(args[1]).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .collect(Collectors.toList());
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // By position: markers and aborted records are no records, and still to be passed.
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) print(out, record);
            }
        }
        out.flush();
    }

    static void print(PrintStream out, ConsumerRecord<byte[], byte[]> record) {
        out.print(record.partition() + " " + record.offset() + " " + record.timestamp());
        out.print(" " + text(record.key()) + " " + text(record.value()));
        for (Header header : record.headers()) {
            out.print(" " + text(header.key().getBytes(StandardCharsets.UTF_8)) + " " + text(header.value()));
        }
        out.println();
    }

    static String text(byte[] bytes) {
        return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
    }
}
