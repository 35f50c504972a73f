import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Reads messages, one a line as {@code MessageName version base64}, with Kafka's own classes, and prints for each what
 * they hold as JSON, how many bytes were left over, and what they are written back as.
 */
class ReadMessages {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
        ObjectMapper mapper = new ObjectMapper();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            short version = Short.parseShort(words[1]);
            ObjectNode answer = mapper.createObjectNode();
            try {
                Class<?> type = typeOf(words[0]);
                Message message = (Message) type.getDeclaredConstructor().newInstance();
                ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(words[2]));
                message.read(new ByteBufferAccessor(bytes), version);
                Class<?> converter = Class.forName(type.getName() + "JsonConverter");
                Object value = converter.getMethod("write", type, short.class).invoke(null, message, version);
                answer.set("value", longsAsStrings((JsonNode) value));
                answer.put("left", bytes.remaining());
                ByteBuffer written = MessageUtil.toByteBufferAccessor(message, version).buffer();
                answer.put("bytes", Base64.getEncoder().encodeToString(MessageUtil.byteBufferToArray(written)));
            } catch (Exception failure) {
                answer.put("failure", failure.toString());
            }
            out.println(answer);
        }
        out.flush();
    }

    static Class<?> typeOf(String message) throws ClassNotFoundException {
        String name = "org.apache.kafka.common.message." + message;
        try {
            return Class.forName(name + "Data");
        } catch (ClassNotFoundException consumerProtocol) {
            return Class.forName(name);
        }
    }

    static JsonNode longsAsStrings(JsonNode node) {
        if (node.isLong()) return JsonNodeFactory.instance.textNode(node.asText());
        if (node.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            for (JsonNode element : node) array.add(longsAsStrings(element));
            return array;
        }
        if (!node.isObject()) return node;
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        node.properties().forEach(field -> object.set(field.getKey(), longsAsStrings(field.getValue())));
        return object;
    }
}
