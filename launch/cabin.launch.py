"""Starts the cabin: face_perception, and what is asked for of voice and body, with their sensors.

    ros2 launch affect_perception cabin.launch.py sim:=true
    ros2 launch affect_perception cabin.launch.py image_raw:=/driver_cam/image_raw \
        camera_info:=/driver_cam/camera_info params:=my.yaml
    ros2 launch affect_perception cabin.launch.py voice:=true audio:=/cabin_mic/audio
    ros2 launch affect_perception cabin.launch.py physio:=true biosignals:=/wrist/biosignals
    ros2 launch affect_perception cabin.launch.py fusion:=true hmi:=true

Values belong into the parameter file; here are only paths, names and topics.
"""

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch.utilities.type_utils import coerce_to_type
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterValue

from affect_perception.ros.fastdds import profile_variables

ARGUMENTS = (
    ("params", "", "parameter file; empty: the defaults"),
    ("cabin", "", "name under config/cabins or path; empty: as in the parameter file"),
    ("namespace", "", "namespace of all nodes and topics"),
    ("image_raw", "image_raw", "topic of the pictures (/compressed is added where configured)"),
    ("camera_info", "camera_info", "topic of the calibration"),
    ("vehicle_twist", "vehicle_twist", "topic of the vehicle's speed (TwistStamped)"),
    ("sim", "false", "start the synthetic driver as camera"),
    ("scenario", "", "what the synthetic driver does; empty: as in the parameter file"),
    ("camera", "", "start a webcam as camera: its number or path"),
    ("voice", "false", "start voice_perception"),
    ("audio", "audio", "topic of the sound"),
    ("microphone", "", "start voice_perception and a microphone: default, its number or name"),
    ("audio_file", "", "start voice_perception and a sound file as microphone"),
    ("physio", "false", "start physio_perception"),
    ("biosignals", "biosignals", "topic of the body signals"),
    ("sim_body", "", "start physio_perception and the body of a scenario (its name) as sensors"),
    ("signal_file", "", "start physio_perception and a recording as body sensors"),
    ("fusion", "false", "start state_fusion: one affect state from face, voice and body"),
    ("hmi", "false", "start hmi: both states on a page for a browser on this machine"),
    ("hmi_port", "", "port of that page; empty: as in the parameter file"),
    ("autostart", "true", "false: a lifecycle manager configures and activates the perceptions"),
    ("respawn", "false", "start a node again when it ends"),
    ("respawn_delay", "2.0", "seconds before that"),
    ("log_level", "info", "debug, info, warn, error"),
)


def generate_launch_description() -> LaunchDescription:
    """Called by launch."""
    declared = [DeclareLaunchArgument(n, default_value=d, description=t) for n, d, t in ARGUMENTS]
    profile = [SetEnvironmentVariable(name, path) for name, path in profile_variables().items()]
    return LaunchDescription([*declared, *profile, OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    given = {name: LaunchConfiguration(name).perform(context) for name, _, _ in ARGUMENTS}

    def is_on(name: str) -> bool:
        return bool(coerce_to_type(given[name], bool))

    cabin = {"cabin": given["cabin"]} if given["cabin"] else {}
    nodes = [_node("face_perception", given, {**cabin, "autostart": is_on("autostart")})]
    if is_on("sim"):
        scenario = {"scenario": given["scenario"]} if given["scenario"] else {}
        nodes.append(_node("sim_camera", given, {**cabin, **scenario}))
    if given["camera"]:
        nodes.append(_node("camera", given, {"device": given["camera"]}))
    if is_on("voice") or given["microphone"] or given["audio_file"]:
        nodes.append(_node("voice_perception", given, {"autostart": is_on("autostart")}))
    if given["microphone"]:
        # A value keeps a number a string: the parameter also takes a name.
        device = "" if given["microphone"] == "default" else given["microphone"]
        text = ParameterValue(device, value_type=str)
        nodes.append(_node("microphone", given, {"device": text}))
    if given["audio_file"]:
        nodes.append(_node("audio_file", given, {"file": given["audio_file"]}))
    if is_on("physio") or given["signal_file"] or given["sim_body"]:
        nodes.append(_node("physio_perception", given, {"autostart": is_on("autostart")}))
    if given["sim_body"]:
        nodes.append(_node("sim_body", given, {"scenario": given["sim_body"]}))
    if given["signal_file"]:
        nodes.append(_node("signal_file", given, {"file": given["signal_file"]}))
    if is_on("fusion"):
        nodes.append(_node("state_fusion", given, {"autostart": is_on("autostart")}))
    if is_on("hmi"):
        port = {"port": int(given["hmi_port"])} if given["hmi_port"] else {}
        nodes.append(_node("hmi", given, {**cabin, **port, "autostart": is_on("autostart")}))
    return nodes


def _node(name: str, given: dict[str, str], parameters: dict[str, object]) -> LifecycleNode:
    remapped = ("image_raw", "camera_info", "vehicle_twist", "audio", "biosignals")
    pictures = ("image_raw/compressed", f"{given['image_raw']}/compressed")
    return LifecycleNode(
        package="affect_perception",
        executable=name,
        name=name,
        namespace=given["namespace"],
        parameters=[*([given["params"]] if given["params"] else []), parameters],
        remappings=[pictures, *((topic, given[topic]) for topic in remapped)],
        respawn=bool(coerce_to_type(given["respawn"], bool)),
        respawn_delay=float(given["respawn_delay"]),
        arguments=["--ros-args", "--log-level", f"{name}:={given['log_level']}"],
        output="screen",
    )
